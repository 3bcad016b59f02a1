//! The headers alone: they compile as strictly as anyone may ask.

use crate::toolchain::{Toolchain, compiler, silent, write};

const STRICT: [&str; 6] = ["-Wall", "-Wextra", "-pedantic", "-Wconversion", "-Werror", "-fsyntax-only"];

fn compiles(header: &str, standards: &[&str]) {
    let tools = Toolchain::new();
    for standard in standards {
        let cpp = standard.contains("++");
        // Twice, as large programs do.
        let file = tools.path(if cpp { "alone.cpp" } else { "alone.c" });
        write(&file, format!("#include <{header}>\n#include <{header}>\nint main(void) {{ return 0; }}\n").as_bytes());
        let mut compiler = compiler(cpp);
        silent(compiler.args(STRICT).arg(format!("-std={standard}")).arg("-I").arg(&tools.include).arg(&file));
    }
}

#[test]
fn the_c_header_compiles_alone() {
    compiles("deepcrop.h", &["c99", "c11", "c++17", "c++20"]);
}

#[test]
fn the_cpp_header_compiles_alone() {
    compiles("deepcrop.hpp", &["c++17", "c++20"]);
}
