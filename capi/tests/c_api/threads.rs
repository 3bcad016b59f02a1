//! Threads, and the C++ wrapper, which has threads of its own.

use std::fs;
use std::path::Path;
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

/// Runs the soak, and returns what it says.
fn soak(program: &Path, engine: &str, threads: u32, clicks: u32) -> String {
    let said = succeed(with_engine(program, engine).args([threads.to_string(), clicks.to_string()]));
    assert!(said.ends_with("every check passed\n"), "{said}");
    said
}

#[test]
fn opens_frees_and_cancels_at_random_are_clean() {
    let tools = Toolchain::new();
    let program = tools.program("soak", &["capi/tests/c/soak.c"], &[]);
    soak(&program, "classical", 8, 20);
    soak(&program, "network", 8, 5);
    let sanitized = tools.program(
        "soak-checked",
        &["capi/tests/c/soak.c"],
        &["-fsanitize=address,undefined", "-fno-sanitize-recover=all"],
    );
    soak(&sanitized, "classical", 8, 20);
}

/// The test above is the same in short. It takes too long for every run of all tests.
#[test]
#[ignore = "takes many minutes; `cargo xtask endurance` runs it"]
fn a_long_soak_keeps_its_memory() {
    let tools = Toolchain::new();
    let program = tools.program("soak", &["capi/tests/c/soak.c"], &[]);
    for engine in ["network", "classical"] {
        println!("{engine}: {}", soak(&program, engine, 8, 2000));
    }
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--quiet", "--error-exitcode=1", "--leak-check=full", "--errors-for-leak-kinds=definite,indirect"]);
    valgrind.arg(&program).args(["classical", "8", "20"]).env(VARIABLE, "/nothing/here");
    println!("valgrind: {}", succeed(&mut valgrind));
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
