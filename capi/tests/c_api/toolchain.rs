//! Compilers, the library they link, and programs that must end well.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::abi::ABI_VERSION;
use crate::common;
use tempfile::TempDir;

pub const VARIABLE: &str = "DEEPCROP_ONNXRUNTIME";

/// What every C program is compiled with, beyond what finds the library.
const STRICT: [&str; 5] = ["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-D_POSIX_C_SOURCE=200809L"];

/// The repository.
pub fn root() -> &'static Path {
    common::root()
}

/// A path below the repository.
pub fn source(name: &str) -> PathBuf {
    root().join(name)
}

/// A folder for what a test makes, and the flags with which a program finds the library.
pub struct Toolchain {
    folder: TempDir,
    pub library: PathBuf,
    pub include: PathBuf,
    flags: Vec<String>,
}

impl Toolchain {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (include, libraries, mut flags) = match std::env::var_os("DEEPCROP_DIST") {
            Some(dist) => installed(Path::new(&dist)),
            None => built(folder.path()),
        };
        flags.push(format!("-Wl,-rpath,{}", libraries.display()));
        let name = if cfg!(target_os = "macos") {
            format!("libdeepcrop.{ABI_VERSION}.dylib")
        } else {
            format!("libdeepcrop.so.{ABI_VERSION}")
        };
        Self { folder, library: libraries.join(name), include, flags }
    }

    /// A path for something that the test makes.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Compiles a program that uses the library, as strictly as a careful user does.
    pub fn program(&self, name: &str, sources: &[&str], flags: &[&str]) -> PathBuf {
        let program = self.path(name);
        let cpp = sources[0].ends_with("cpp");
        let mut compiler = compiler(cpp);
        compiler.args(STRICT).arg(if cpp { "-std=c++17" } else { "-std=c99" }).args(["-g", "-O1"]).args(flags);
        compiler.arg("-I").arg(source("capi/tests/c")).args(sources.iter().map(|name| source(name)));
        compiler.args(&self.flags).args(["-pthread", "-lm"]).arg("-o").arg(&program);
        silent(&mut compiler);
        program
    }
}

/// What `cargo xtask dist` laid out, as pkg-config tells it.
fn installed(dist: &Path) -> (PathBuf, PathBuf, Vec<String>) {
    let ask = |question: &[&str]| {
        let mut command = Command::new("pkg-config");
        command.args(question).arg("deepcrop").env("PKG_CONFIG_PATH", dist.join("lib/pkgconfig"));
        succeed(&mut command).trim().to_owned()
    };
    let flags = ask(&["--cflags", "--libs"]).split_whitespace().map(str::to_owned).collect();
    (ask(&["--variable=includedir"]).into(), ask(&["--variable=libdir"]).into(), flags)
}

/// What cargo builds. The library gets the names that it would be installed under.
fn built(folder: &Path) -> (PathBuf, PathBuf, Vec<String>) {
    let ending = std::env::consts::DLL_SUFFIX;
    let library = common::shared_library();
    let names = [format!("libdeepcrop{ending}"), format!("libdeepcrop.so.{ABI_VERSION}")];
    let mac = format!("libdeepcrop.{ABI_VERSION}.dylib");
    for name in names.iter().chain([&mac]) {
        symlink(&library, folder.join(name)).unwrap();
    }
    let include = source("include");
    let flags = vec![format!("-I{}", include.display()), format!("-L{}", folder.display()), "-ldeepcrop".into()];
    (include, folder.to_owned(), flags)
}

/// CC or CXX, which may bring arguments of their own, or the system's.
pub fn compiler(cpp: bool) -> Command {
    let (variable, usual) = if cpp { ("CXX", "c++") } else { ("CC", "cc") };
    let words = std::env::var(variable).unwrap_or_default();
    let mut words = words.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or(usual));
    command.args(words);
    command
}

/// A program with an engine: the network gets its runtime, and the classical engine nothing that it could use.
pub fn with_engine(program: &Path, engine: &str) -> Command {
    let mut command = Command::new(program);
    command.arg(engine).env(VARIABLE, if engine == "network" { common::runtime() } else { "/nothing/here".into() });
    command
}

/// Runs a command to its end.
pub fn run(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|error| {
        let tool = command.get_program().to_string_lossy().into_owned();
        let package = match tool.as_str() {
            "pkg-config" | "valgrind" => tool.as_str(),
            "nm" | "readelf" => "binutils",
            _ => "build-essential",
        };
        panic!("`{tool}` does not run ({error}): install it (Debian, Ubuntu: `sudo apt install {package}`)")
    })
}

/// Runs a command that must end with 0 and say nothing on standard error; what it said on standard output.
pub fn succeed(command: &mut Command) -> String {
    let output = run(command);
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && err.is_empty(), "{command:?}: {}\n{out}\n{err}", output.status);
    out.into_owned()
}

/// As [`succeed`], and nothing on standard output either.
pub fn silent(command: &mut Command) {
    let out = succeed(command);
    assert!(out.is_empty(), "{command:?} says: {out}");
}

/// Writes a file, making the folders above it.
pub fn write(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}
