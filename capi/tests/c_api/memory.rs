//! Short memory is an error, never an abort.

use std::process::Command;

use crate::toolchain::{Toolchain, succeed};

#[test]
fn a_mask_that_does_not_fit_is_an_error() {
    let tools = Toolchain::new();
    let program = tools.program("memory", &["capi/tests/c/memory.c"], &[]);
    assert_eq!(succeed(&mut Command::new(program)), "every check passed\n");
}
