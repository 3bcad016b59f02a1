//! Bytes as the file of a library, cut off anywhere. The check must not panic, and what is cut off within its headers is
//! not whole.
#![no_main]

use deepcrop::internals::network::runtime::library_file::is_whole;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let [keep, data @ ..] = data else { return };
    let cut = &data[..data.len() * usize::from(*keep) / 255];
    // A file that holds less than it did cannot hold more of what its headers promise.
    if is_whole(cut, cut.len() as u64) && is_library(cut) {
        assert!(is_whole(cut, data.len() as u64));
    }
});

fn is_library(data: &[u8]) -> bool {
    data.starts_with(b"\x7fELF") || data.starts_with(b"MZ")
}
