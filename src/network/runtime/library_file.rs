//! Whether a library's file is whole. The system maps as much as the file's headers promise; if the file is shorter, the
//! first touch of what is missing ends the process.

use std::fs::File;
use std::path::Path;

use object::read::{ReadCache, ReadRef};
use object::{FileKind, Object, ObjectSegment};

/// Refuses what is no file (opening a pipe would wait for ever) and a library that is cut off.
pub fn check(path: &Path) -> Result<(), String> {
    let metadata = std::fs::metadata(path).map_err(|error| error.to_string())?;
    if !metadata.is_file() {
        return Err("it is not a file".into());
    }
    let data = ReadCache::new(File::open(path).map_err(|error| error.to_string())?);
    match is_whole(&data, metadata.len()) {
        true => Ok(()),
        false => Err(format!("the file is cut off or damaged (it has {} bytes); get it again", metadata.len())),
    }
}

/// Whether a library of so many bytes holds all that its headers promise. What is no library counts as whole.
pub fn is_whole<'d>(data: impl ReadRef<'d>, length: u64) -> bool {
    // Of other kinds of file, and of files with several architectures, the system's loader has the better error.
    if !matches!(
        FileKind::parse(data),
        Ok(FileKind::Elf32 | FileKind::Elf64 | FileKind::Pe32 | FileKind::Pe64 | FileKind::MachO32 | FileKind::MachO64)
    ) {
        return true;
    }
    let end = object::File::parse(data).ok().map(|library| {
        let ends =
            library.segments().map(|segment| segment.file_range()).map(|(start, size)| start.saturating_add(size));
        ends.max().unwrap_or_default()
    });
    end.is_some_and(|end| end <= length)
}
