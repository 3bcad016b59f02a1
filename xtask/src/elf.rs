//! Finds the version of glibc that a Linux library needs.
//!
//! The library's file lists the versions of the symbols that it imports. The newest "GLIBC_2.x" is the glibc that it
//! needs.

use crate::Result;

/// A version as numbers: 2.28 is [2, 28].
pub type Version = Vec<u32>;

/// The newest glibc that a library needs, and a symbol that needs it.
#[derive(Debug, PartialEq, Eq)]
pub struct Need {
    pub version: Version,
    pub symbol: String,
}

/// The numbers of the kinds of sections.
const DYNSYM: u64 = 11;
const VERNEED: u64 = 0x6fff_fffe;
const VERSYM: u64 = 0x6fff_ffff;

/// The flag of a required version that only weak symbols have: the library also works without it.
const WEAK: u64 = 2;

/// Reads a version, such as "2.28".
pub fn version(text: &str) -> Option<Version> {
    text.split('.').map(|number| number.parse().ok()).collect()
}

/// The glibc that a 64-bit little-endian library needs; `None` if it needs none.
pub fn glibc(bytes: &[u8]) -> Result<Option<Need>> {
    if !bytes.starts_with(b"\x7fELF\x02\x01") {
        return Err("is not a 64-bit little-endian ELF file".into());
    }
    newest(bytes).ok_or_else(|| "is cut short or damaged".into())
}

/// Does the work of `glibc`. The outer `None` means that the file is damaged: it points outside itself.
fn newest(bytes: &[u8]) -> Option<Option<Need>> {
    let sections = sections(bytes)?;
    let mut newest: Option<(Version, u64)> = None;
    for section in sections.iter().filter(|section| section.kind == VERNEED) {
        let names = sections.get(section.link)?;
        for required in required(bytes, section)? {
            let version = glibc_version(text(bytes, names, required.name)?);
            if let Some(version) = version.filter(|_| required.flags & WEAK == 0)
                && newest.as_ref().is_none_or(|(newest, _)| version > *newest)
            {
                newest = Some((version, required.index));
            }
        }
    }
    let Some((version, index)) = newest else { return Some(None) };
    // Some required versions belong to no symbol, such as those for new kinds of relocations.
    let symbol = symbol(bytes, &sections, index).unwrap_or_else(|| "no symbol, but how it was linked".into());
    Some(Some(Need { version, symbol }))
}

/// Reads "GLIBC_2.28". Relative relocations have a name instead of a number; glibc 2.36 was the first to support them.
fn glibc_version(name: &str) -> Option<Version> {
    match name.strip_prefix("GLIBC_")? {
        "ABI_DT_RELR" => version("2.36"),
        number => version(number),
    }
}

struct Section {
    kind: u64,
    start: usize,
    size: usize,
    link: usize,
    entries: usize,
}

fn sections(bytes: &[u8]) -> Option<Vec<Section>> {
    let start = number(bytes, 0, 0x28, 8)? as usize;
    let size = number(bytes, 0, 0x3a, 2)? as usize;
    let count = number(bytes, 0, 0x3c, 2)? as usize;
    let section = |index: usize| {
        let at = start.checked_add(index * size)?;
        let header = bytes.get(at..at.checked_add(64)?)?;
        let field = |offset, size| number(header, 0, offset, size);
        Some(Section {
            kind: field(4, 4)?,
            start: field(0x18, 8)? as usize,
            size: field(0x20, 8)? as usize,
            link: field(0x28, 4)? as usize,
            entries: field(0x2c, 4)? as usize,
        })
    };
    (0..count).map(section).collect()
}

/// A version that the library requires of another library.
struct Required {
    flags: u64,
    /// The number of this version in the table that has one for each symbol.
    index: u64,
    /// The start of its name in the section with the names.
    name: usize,
}

/// All required versions. The section is a chain of libraries, each with a chain of versions.
fn required(bytes: &[u8], section: &Section) -> Option<Vec<Required>> {
    let mut all = Vec::new();
    let mut library = section.start;
    for _ in 0..section.entries.min(0x7fff) {
        let count = number(bytes, library, 2, 2)?;
        // Version numbers have 15 bits. A longer list means a damaged file, and might be endless.
        if all.len() + count as usize > 0x7fff {
            return None;
        }
        let mut at = library.checked_add(number(bytes, library, 8, 4)? as usize)?;
        for _ in 0..count {
            all.push(Required {
                flags: number(bytes, at, 4, 2)?,
                index: number(bytes, at, 6, 2)?,
                name: number(bytes, at, 8, 4)? as usize,
            });
            at = at.checked_add(number(bytes, at, 12, 4)? as usize)?;
        }
        library = library.checked_add(number(bytes, library, 12, 4)? as usize)?;
    }
    Some(all)
}

/// The name of the first symbol whose version has this number.
fn symbol(bytes: &[u8], sections: &[Section], index: u64) -> Option<String> {
    let versions = sections.iter().find(|section| section.kind == VERSYM)?;
    let symbols = sections.iter().find(|section| section.kind == DYNSYM)?;
    let names = sections.get(symbols.link)?;
    let nth = (0..versions.size / 2).find(|nth| number(bytes, versions.start, nth * 2, 2) == Some(index))?;
    let name = number(bytes, symbols.start, nth * 24, 4)?;
    text(bytes, names, name as usize).map(str::to_owned)
}

fn number(bytes: &[u8], start: usize, offset: usize, size: usize) -> Option<u64> {
    let at = start.checked_add(offset)?;
    let digits = bytes.get(at..at.checked_add(size)?)?;
    Some(digits.iter().rev().fold(0, |sum, digit| sum << 8 | u64::from(*digit)))
}

/// A name that ends with a zero byte.
fn text<'a>(bytes: &'a [u8], names: &Section, at: usize) -> Option<&'a str> {
    let rest = bytes.get(names.start.checked_add(at)?..)?;
    std::str::from_utf8(rest.split(|byte| *byte == 0).next()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A library that takes one symbol of each version from libc.so.6, in the order given: name, version, weak.
    fn library(symbols: &[(&str, &str, bool)]) -> Vec<u8> {
        let mut names = vec![0];
        let mut place = |name: &str| {
            let at = names.len() as u32;
            names.extend_from_slice(name.as_bytes());
            names.push(0);
            at.to_le_bytes()
        };
        let file = place("libc.so.6");
        let (mut dynsym, mut versym) = (vec![0; 24], vec![0, 0]);
        let mut verneed: Vec<u8> = [&[1, 0, symbols.len() as u8, 0][..], &file, &[16, 0, 0, 0, 0, 0, 0, 0]].concat();
        for (nth, (symbol, version, weak)) in symbols.iter().enumerate() {
            let index = nth as u8 + 2;
            if !symbol.is_empty() {
                dynsym.extend(place(symbol));
                dynsym.resize(dynsym.len() + 20, 0);
                versym.extend([index, 0]);
            }
            verneed.extend([0, 0, 0, 0, if *weak { 2 } else { 0 }, 0, index, 0]);
            verneed.extend(place(version));
            verneed.extend([16, 0, 0, 0]);
        }
        let parts = [(3, names, 0), (DYNSYM, dynsym, 0), (VERSYM, versym, 0), (VERNEED, verneed, 1)];
        let mut bytes = b"\x7fELF\x02\x01\x01".to_vec();
        bytes.resize(64, 0);
        let mut headers = Vec::new();
        for (kind, content, entries) in parts {
            let mut header = [0; 64];
            header[4..8].copy_from_slice(&(kind as u32).to_le_bytes());
            header[0x18..0x20].copy_from_slice(&(bytes.len() as u64).to_le_bytes());
            header[0x20..0x28].copy_from_slice(&(content.len() as u64).to_le_bytes());
            header[0x2c] = entries;
            headers.extend(header);
            bytes.extend(content);
        }
        let start = bytes.len() as u64;
        bytes[0x28..0x30].copy_from_slice(&start.to_le_bytes());
        (bytes[0x3a], bytes[0x3c]) = (64, 4);
        bytes.extend(headers);
        bytes
    }

    fn need(symbols: &[(&str, &str, bool)]) -> Option<Need> {
        glibc(&library(symbols)).unwrap()
    }

    #[test]
    fn the_newest_version_is_found_by_number_with_its_symbol() {
        let symbols = [("open", "GLIBC_2.2.5", false), ("statx", "GLIBC_2.28", false), ("exp", "GLIBC_2.9", false)];
        assert_eq!(need(&symbols), Some(Need { version: vec![2, 28], symbol: "statx".into() }));
        assert_eq!(need(&symbols[..1]), Some(Need { version: vec![2, 2, 5], symbol: "open".into() }));
        assert!(version("2.28") < version("2.28.1") && version("2.9") < version("2.28"));
    }

    #[test]
    fn weak_versions_and_other_libraries_do_not_count() {
        assert_eq!(need(&[]), None);
        assert_eq!(
            need(&[("a", "GCC_3.0", false), ("b", "GLIBC_PRIVATE", false), ("c", "GLIBCXX_3.4.30", false)]),
            None
        );
        let symbols = [("new", "GLIBC_2.34", true), ("old", "GLIBC_2.17", false)];
        assert_eq!(need(&symbols), Some(Need { version: vec![2, 17], symbol: "old".into() }));
    }

    #[test]
    fn a_version_without_a_symbol_counts() {
        let need = need(&[("open", "GLIBC_2.2.5", false), ("", "GLIBC_ABI_DT_RELR", false)]).unwrap();
        assert_eq!(need.version, [2, 36]);
        assert!(need.symbol.contains("no symbol"));
    }

    #[test]
    fn broken_files_are_refused_wherever_they_end() {
        assert!(glibc(b"MZ").is_err() && glibc(b"").is_err() && glibc(b"\x7fELF\x01\x01").is_err());
        let whole = library(&[("open", "GLIBC_2.2.5", false), ("statx", "GLIBC_2.28", false)]);
        for length in 0..whole.len() {
            assert!(glibc(&whole[..length]).is_err(), "{length} bytes");
        }
        // Numbers of any size lead to an error or an answer, never to a panic.
        for at in 0x28..whole.len() {
            for value in [0, 0x7f, 0xff] {
                let mut broken = whole.clone();
                broken[at] = value;
                let _ = glibc(&broken);
            }
        }
    }
}
