//! Writes whole files, and lines on standard output.

use std::fmt::Display;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

pub use deepcrop::internals::base::files::{cannot, hexadecimal, one_line, open_own};
use deepcrop::{Error, ErrorKind, Result};
use image::codecs::png::PngEncoder;
use image::{DynamicImage, ImageEncoder};
use tempfile::NamedTempFile;

/// Encodes a picture as PNG, with the colour profile if it suits the pixels.
pub fn png(picture: &DynamicImage, profile: Option<&[u8]>) -> Result<Vec<u8>> {
    let fault = |error: &dyn Display| {
        ErrorKind::Internal.error(format!("the PNG could not be made: {error}; please report this"))
    };
    let mut bytes = Vec::new();
    let mut encoder = PngEncoder::new(&mut bytes);
    if let Some(profile) = profile.filter(|profile| is_grey(profile) == Some(!picture.color().has_color())) {
        encoder.set_icc_profile(profile.to_vec()).map_err(|error| fault(&error))?;
    }
    picture.write_with_encoder(encoder).map_err(|error| fault(&error))?;
    Ok(bytes)
}

/// Whether a colour profile is for grey pixels (true) or for RGB (false). `None` if it is for other colours, such as a
/// printer's inks: pixels are converted when they are read. Bytes 16 to 19 of an ICC profile name its colour space.
pub fn is_grey(profile: &[u8]) -> Option<bool> {
    match profile.get(16..20) {
        Some(b"GRAY") => Some(true),
        Some(b"RGB ") => Some(false),
        _ => None,
    }
}

/// Writes a complete file or nothing. An existing file is replaced only with `force`, and only once the new file is
/// complete and on the disk. A file that already has these bytes counts as written.
pub fn write(path: &Path, bytes: &[u8], force: bool) -> Result<()> {
    let fault = |error: io::Error| cannot("write", path, &error);
    if !force && path.exists() {
        return if fs::read(path).is_ok_and(|old| old == bytes) { Ok(()) } else { Err(exists(path)) };
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut part = part_file(folder).map_err(fault)?;
    part.write_all(bytes).and_then(|()| part.as_file().sync_all()).map_err(fault)?;
    let placed = match force {
        true => part.persist(path).map(drop).map_err(|error| error.error),
        false => part.persist_noclobber(path).map(drop).or_else(|error| match error.error.kind() {
            io::ErrorKind::AlreadyExists => Err(error.error),
            _ => place_without_links(error.file, path),
        }),
    };
    placed.map_err(|error| if error.kind() == io::ErrorKind::AlreadyExists { exists(path) } else { fault(error) })
}

/// Moves a file to a place where none may be, on a file system without links (FAT, exFAT): takes the name first, by an
/// empty file, and then replaces that.
fn place_without_links(part: NamedTempFile, path: &Path) -> io::Result<()> {
    File::create_new(path)?;
    part.persist(path).map(drop).map_err(|error| {
        _ = fs::remove_file(path);
        error.error
    })
}

/// A new file with a name of its own, which is deleted unless it is moved to its place.
pub fn part_file(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".deepcrop-").suffix(".part");
    // Like other new files; the user's mask of permissions applies.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

/// Writes bytes to standard output.
pub fn send(bytes: &[u8]) -> Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)
        .and_then(|()| out.flush())
        .map_err(|error| cannot("write to", Path::new("standard output"), &error))
}

/// The error for an output file that already exists.
pub fn exists(path: &Path) -> Error {
    ErrorKind::File
        .error(format!("{} already exists; choose another name, or pass --force to replace it", path.display()))
}

/// Prints a line on standard output. A reader that stops early (`deepcrop … | head -1`) is no error; a full disk is.
pub fn say(line: impl Display) {
    if let Err(error) = writeln!(io::stdout(), "{}", printable(&line.to_string()))
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        eprintln!("deepcrop: cannot write to standard output: {error}; free some disk space, or redirect the output");
        std::process::exit(1);
    }
}

/// Prints a line on standard error.
pub fn complain(line: impl Display) {
    eprintln!("{}", printable(&line.to_string()));
}

/// A text without the characters that control a terminal: names in a file of somebody else may hold some.
fn printable(text: &str) -> String {
    let shown = |letter: char| match letter {
        '\n' | '\t' => letter.to_string(),
        // As JSON writes it, so that JSON stays JSON.
        _ if letter.is_control() => format!("\\u{:04x}", u32::from(letter)),
        _ => letter.to_string(),
    };
    text.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_links_a_file_takes_a_free_name_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        let part = || {
            let mut part = part_file(folder.path()).unwrap();
            part.write_all(b"new").unwrap();
            part
        };
        place_without_links(part(), &path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        fs::write(&path, "old").unwrap();
        assert_eq!(place_without_links(part(), &path).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!((fs::read(&path).unwrap(), fs::read_dir(folder.path()).unwrap().count()), (b"old".to_vec(), 1));
    }
}
