//! Programs that end: with 0 and without a word, whatever they left behind.

use std::process::Command;

use crate::toolchain::{Toolchain, silent, with_engine};

#[test]
fn programs_end_well_with_frees_without_and_after_a_cancel() {
    let tools = Toolchain::new();
    let program = tools.program("exit", &["capi/tests/c/exit.c"], &["-pthread", "-D_DEFAULT_SOURCE"]);
    for engine in ["classical", "network"] {
        for how in ["frees", "leaves", "cancelled"] {
            silent(with_engine(&program, engine).arg(how));
        }
    }
}

/// ONNX Runtime's destructors run when `main` returns: not under a thread that is still in a call.
#[test]
fn programs_end_well_while_a_thread_loads_or_clicks() {
    let tools = Toolchain::new();
    let program = tools.program("exit", &["capi/tests/c/exit.c"], &["-pthread", "-D_DEFAULT_SOURCE"]);
    for how in ["loads", "clicks"] {
        for _ in 0..20 {
            silent(with_engine(&program, "network").arg(how));
        }
    }
}

#[test]
fn a_host_that_unloads_the_library_ends_well() {
    let tools = Toolchain::new();
    let program = tools.program("plugin", &["capi/tests/c/plugin.c"], &["-ldl", "-D_DEFAULT_SOURCE"]);
    for engine in ["classical", "network"] {
        let prepared = with_engine(&program, engine);
        let mut host = Command::new(&program);
        host.arg(&tools.library).arg(engine).envs(prepared.get_envs().filter_map(|(name, value)| Some((name, value?))));
        silent(&mut host);
    }
}
