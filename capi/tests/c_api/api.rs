//! capi/tests/c/api_test.c, which checks every function: as it is, under the sanitizers, and under valgrind.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use crate::toolchain::{Toolchain, compiler, run, silent, source, succeed, with_engine, write};

const SOURCES: [&str; 8] = [
    "capi/tests/c/api_test.c",
    "capi/tests/c/api_models.c",
    "capi/tests/c/api_installed.c",
    "capi/tests/c/api_pictures.c",
    "capi/tests/c/api_prompts.c",
    "capi/tests/c/api_masks.c",
    "capi/tests/c/api_objects.c",
    "capi/tests/c/api_report.c",
];

const SANITIZERS: [&str; 3] = [
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=all",
    // clang's sanitizer must know of C++ exceptions before ONNX Runtime brings them along.
    if cfg!(target_os = "linux") { "-Wl,--no-as-needed,-lstdc++" } else { "-fno-omit-frame-pointer" },
];

/// A library that claims to be an ONNX Runtime of long ago, and one that claims nothing.
const OLD: &str = "struct base { void *(*api)(unsigned); const char *(*version)(void); };
static void *api(unsigned number) { (void)number; return 0; }
static const char *version(void) { return \"1.14.1\"; }
const struct base *OrtGetApiBase(void) { static const struct base b = {api, version}; return &b; }
";

/// The bad files that the program asks for, and a good one under a difficult name.
fn prepare(folder: &Path) {
    let network = fs::read(source("models/click.onnx")).unwrap();
    let manifest = fs::read_to_string(source("models/click.toml")).unwrap();
    let noise: Vec<u8> = (0..5000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    write(&folder.join("a ä 漢/n ö 1.onnx"), &network);
    for name in ["objects.onnx", "matting.onnx"] {
        write(&folder.join(name), &fs::read(source("tests/data/networks").join(name)).unwrap());
    }
    write(&folder.join("nothing/readme.txt"), b"no network here");
    write(&folder.join("empty.onnx"), b"");
    write(&folder.join("truncated.onnx"), &network[..network.len() / 2]);
    write(&folder.join("random.onnx"), &noise);
    for name in ["text.onnx", "text.so"] {
        write(&folder.join(name), b"This is a text, whatever its name says.\n");
    }
    symlink("loop.onnx", folder.join("loop.onnx")).unwrap();
    let wrong = |name: &str, from: &str, to: &str| {
        assert!(manifest.contains(from), "{from} is not in the manifest");
        write(&folder.join(name).join("network.onnx"), &network);
        write(&folder.join(name).join("model.toml"), manifest.replacen(from, to, 1).as_bytes());
    };
    wrong("wrong input", "\nx = ", "\ny = ");
    wrong("wrong planes", "\nx = [\"red\", ", "\nx = [\"red\"] # ");
    wrong("wrong size", "[click_map]\n", "[click_map]\nsize = [100, 100]\n");
    wrong("wrong output", "mask = \"mask\"", "mask = \"nonsense\"");
    wrong("wrong family", "family = \"click_map\"", "family = \"nonsense\"");
    wrong("wrong manifest", "format = 1", "format = one");
    for (name, text) in [("old", OLD), ("other", "int nothing;\n")] {
        let file = folder.join(name).with_extension("c");
        write(&file, text.as_bytes());
        let library = folder.join(name).with_extension("so");
        silent(compiler(false).args(["-shared", "-fPIC", "-o"]).arg(library).arg(&file));
    }
}

fn passes(tools: &Toolchain, flags: &[&str], engine: &str) {
    let program = tools.program("api_test", &SOURCES, flags);
    let folder = tools.path("files");
    prepare(&folder);
    assert_eq!(succeed(with_engine(&program, engine).arg(folder)), "every check passed\n");
}

#[test]
fn every_function_keeps_its_word_classical() {
    passes(&Toolchain::new(), &[], "classical");
}

#[test]
fn every_function_keeps_its_word_network() {
    passes(&Toolchain::new(), &[], "network");
}

#[test]
fn sanitizers_find_nothing_classical() {
    passes(&Toolchain::new(), &SANITIZERS, "classical");
}

#[test]
fn sanitizers_find_nothing_network() {
    passes(&Toolchain::new(), &SANITIZERS, "network");
}

#[test]
fn the_sanitizers_are_on() {
    let tools = Toolchain::new();
    let program = tools.program("misuse", &["capi/tests/c/misuse.c"], &SANITIZERS);
    for (misuse, says) in [
        ("use after free", "heap-use-after-free"),
        ("past the end", "heap-buffer-overflow"),
        ("leak", "LeakSanitizer"),
        ("overflow", "signed integer overflow"),
    ] {
        let output = run(Command::new(&program).arg(misuse));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(says), "{misuse}: {}\n{said}", output.status);
    }
}

#[cfg(target_os = "linux")]
mod valgrind {
    use super::*;

    /// The same command under valgrind, which ends with 99 when it found something.
    fn under(command: &Command) -> Command {
        let mut valgrind = Command::new("valgrind");
        valgrind.args(["--quiet", "--error-exitcode=99", "--leak-check=full", "--errors-for-leak-kinds=definite"]);
        valgrind
            .arg("--show-leak-kinds=definite")
            .arg(format!("--suppressions={}", source("capi/tests/c/valgrind.supp").display()));
        valgrind.arg(command.get_program()).args(command.get_args());
        valgrind.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        valgrind
    }

    fn finds_nothing(engine: &str) {
        let tools = Toolchain::new();
        let program = tools.program("api_test", &SOURCES, &[]);
        let folder = tools.path("files");
        prepare(&folder);
        // A click on the network takes ten seconds here.
        let short = (engine == "network").then_some("short");
        let said = succeed(&mut under(with_engine(&program, engine).arg(folder).args(short)));
        assert_eq!(said, "every check passed\n");
    }

    #[test]
    fn valgrind_finds_nothing_classical() {
        finds_nothing("classical");
    }

    #[test]
    fn valgrind_finds_nothing_network() {
        finds_nothing("network");
    }

    #[test]
    fn valgrind_is_on() {
        let tools = Toolchain::new();
        let program = tools.program("misuse", &["capi/tests/c/misuse.c"], &[]);
        for (misuse, says) in [("use after free", "Invalid read"), ("past the end", "Invalid read"), ("leak", "lost")] {
            let output = run(&mut under(Command::new(&program).arg(misuse)));
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.code() == Some(99) && said.contains(says), "{misuse}: {}\n{said}", output.status);
        }
    }
}
