//! What the library shows to the linker.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use crate::abi::ABI_VERSION;

use crate::toolchain::{Toolchain, succeed};

/// The functions that the header declares: names before a parenthesis that are not in a comment or a callback's type.
fn declared(header: &str) -> BTreeSet<String> {
    let declarations = header.lines().filter(|line| !line.starts_with([' ', '/', '#']) && !line.starts_with("typedef"));
    let names = declarations.filter_map(|line| line.split_once('(')?.0.rsplit([' ', '*']).next());
    names.filter(|name| name.starts_with("deepcrop_")).map(str::to_owned).collect()
}

#[test]
fn exported_symbols_are_the_headers_functions() {
    let tools = Toolchain::new();
    let wanted = declared(&fs::read_to_string(tools.include.join("deepcrop.h")).unwrap());
    let table = succeed(Command::new("nm").args(["-D", "--defined-only"]).arg(&tools.library));
    let exported: BTreeSet<String> =
        table.lines().filter_map(|line| line.split_whitespace().last()).map(str::to_owned).collect();
    assert!(wanted.len() > 20, "the header is not read rightly: {wanted:?}");
    assert_eq!(exported, wanted);
}

#[test]
fn the_soname_has_the_abi_number_and_the_library_stays() {
    let tools = Toolchain::new();
    let dynamic = succeed(Command::new("readelf").args(["--wide", "--dynamic"]).arg(&tools.library));
    assert!(dynamic.contains(&format!("soname: [libdeepcrop.so.{ABI_VERSION}]")), "{dynamic}");
    assert!(dynamic.contains("NODELETE"), "{dynamic}");
    // Nothing of ONNX Runtime is linked: it is found when it is needed.
    assert!(!dynamic.contains("onnxruntime"), "{dynamic}");
}
