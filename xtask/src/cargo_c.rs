//! Installs the C interface with cargo-c, checks that the expected files are there, and builds a C program with them.

use std::process::Command;

use crate::{Place, Result, dist, place, shell, usage};

/// `cargo xtask cargo-c`.
pub fn run(place: &Place, arguments: &[String]) -> Result<()> {
    if !arguments.is_empty() {
        return Err(usage("cargo-c"));
    }
    if !shell::succeeds(&mut shell::cargo(place, &["cinstall", "--version"])) {
        return Err(
            "cargo-c is needed: install it with `cargo install cargo-c --version 0.10.24+cargo-0.98.0 --locked`".into(),
        );
    }
    let out = place.target.join("cargo-c");
    place::empty_folder(&out)?;
    let mut cargo = shell::cargo(place, &["cinstall", "--package", "deepcrop-capi", "--release", "--libdir", "lib"]);
    shell::run(cargo.args(["--prefix", "/usr", "--destdir"]).arg(&out))?;
    let soname = dist::soname(place)?;
    let files = [
        "include/deepcrop.h",
        "include/deepcrop.hpp",
        "lib/libdeepcrop.a",
        "lib/libdeepcrop.so",
        "lib/pkgconfig/deepcrop.pc",
    ];
    for file in files.iter().copied().map(str::to_owned).chain([format!("lib/{soname}")]) {
        if !out.join("usr").join(&file).is_file() {
            return Err(format!("cargo cinstall made no {file} in {}", place.show(&out)));
        }
    }
    let mut ask = Command::new("pkg-config");
    ask.args(["--define-variable=prefix=".to_owned() + &out.join("usr").to_string_lossy(), "--cflags".into()]);
    ask.args(["--libs", "deepcrop"]).env("PKG_CONFIG_PATH", out.join("usr/lib/pkgconfig"));
    let output = shell::output(&mut ask)?;
    shell::check(&ask, output.status)?;
    let flags = String::from_utf8_lossy(&output.stdout).into_owned();
    let program = out.join("click");
    let mut compiler = Command::new(std::env::var("CC").unwrap_or_else(|_| "cc".into()));
    compiler.args(["-std=c99", "-Wall", "-Wextra", "-Werror"]).arg(place.root.join("examples/click.c"));
    shell::run(compiler.args(flags.split_whitespace()).arg("-o").arg(&program))?;
    // Without arguments it prints its usage, which shows that it was linked and starts.
    let mut click = Command::new(&program);
    let said = shell::output(click.env("LD_LIBRARY_PATH", out.join("usr/lib")))?;
    if !String::from_utf8_lossy(&said.stderr).contains("usage") {
        return Err(format!("{} does not start: {}", place.show(&program), String::from_utf8_lossy(&said.stderr)));
    }
    println!("{} holds what `cargo cinstall` installs, and a C program was built with it.", place.show(&out));
    Ok(())
}
