//! Threads, and the C++ wrapper, which has threads of its own.

use std::fs;
use std::process::Command;

use crate::common;
use crate::toolchain::{Toolchain, VARIABLE, source, succeed, with_engine};

#[test]
fn threads_share_a_model_and_free_and_cancel_at_any_time() {
    let tools = Toolchain::new();
    let program = tools.program("threads", &["capi/tests/c/threads.c"], &[]);
    for engine in ["classical", "network"] {
        assert_eq!(succeed(&mut with_engine(&program, engine)), "every check passed\n");
    }
}

#[test]
fn frees_and_cancels_at_any_time_are_clean_under_the_sanitizers() {
    let tools = Toolchain::new();
    let flags = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];
    let program = tools.program("threads", &["capi/tests/c/threads.c"], &flags);
    assert_eq!(succeed(&mut with_engine(&program, "classical")), "every check passed\n");
}

#[test]
fn the_cpp_wrapper_does_what_it_says() {
    let tools = Toolchain::new();
    let network = tools.path("näh 1.onnx");
    fs::copy(source("models/click.onnx"), &network).unwrap();
    for flags in [&["-std=c++17"][..], &["-std=c++20", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]] {
        let program = tools.program("wrapper", &["capi/tests/c/wrapper_test.cpp"], flags);
        let said = succeed(Command::new(program).arg(&network).env(VARIABLE, common::runtime()));
        assert_eq!(said, "every check passed\n");
    }
}
