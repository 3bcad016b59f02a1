//! Arrows only go down: reads every file of src/ and fails on a name from a higher layer.

use std::fs;
use std::path::{Path, PathBuf};

/// Every module of the library and its layer; a folder's files count as the module of the folder. A new module belongs
/// into this table and into the design's.
const LAYERS: &[(&str, u8)] = &[
    // What everything stands on.
    ("abi", 0),
    ("cancel", 0),
    ("error", 0),
    ("log", 0),
    // Pure: no input and output, no network.
    ("bands", 1),
    ("canvas", 1),
    ("coco", 1),
    ("coverage", 1),
    ("cutout", 1),
    ("edge", 1),
    ("frame", 1),
    ("graph_cut", 1),
    ("guard", 1),
    ("image", 1),
    ("manifest", 1),
    ("mask", 1),
    ("metrics", 1),
    ("outline", 1),
    ("packed", 1),
    ("prompt", 1),
    ("reach", 1),
    ("regions", 1),
    ("resample", 1),
    ("runs", 1),
    ("suppress", 1),
    ("tensor", 1),
    // What was computed before, ONNX files, and ONNX Runtime.
    ("cache", 2),
    ("onnx", 2),
    ("runtime", 2),
    // The kinds of network.
    ("family", 3),
    // What a caller holds.
    ("assembly", 4),
    ("doctor", 4),
    ("model", 4),
    ("picture", 4),
    ("store", 4),
    // The outside.
    ("ffi", 5),
];

const RUNTIME_LAYER: u8 = 2;

/// The root of the library and the command line: they may name everything.
const ABOVE_ALL: &[&str] = &["lib.rs", "bin"];

/// Where `unsafe` may stand.
const UNSAFE: &[&str] = &["ffi/", "runtime/library.rs"];

/// What a pure file may not name.
const IMPURE: &[&str] = &["ort::", "std::fs", "std::net", "std::process", "std::io"];

struct File {
    /// Below src/, with `/` between folders.
    path: String,
    /// Without comments and without what stands between quotation marks.
    code: String,
}

/// The module that a file belongs to.
fn module(path: &str) -> &str {
    path.split(['/', '.']).next().unwrap_or_default()
}

fn layer(module: &str) -> Option<u8> {
    LAYERS.iter().find(|entry| entry.0 == module).map(|entry| entry.1)
}

fn files() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let name = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
                files.push(File { path: name, code: code_of(&fs::read_to_string(&path).unwrap()) });
            }
        }
    }
    assert!(files.len() > 30, "src/ was not found");
    files.retain(|file| !ABOVE_ALL.contains(&module(&file.path)) && !ABOVE_ALL.contains(&file.path.as_str()));
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

/// The text without line comments and strings. Good enough for formatted code without block comments.
fn code_of(text: &str) -> String {
    let mut code = String::new();
    let mut rest = text.chars().peekable();
    let mut in_string = false;
    while let Some(letter) = rest.next() {
        match letter {
            '\\' if in_string => drop(rest.next()),
            '"' => in_string = !in_string,
            _ if in_string => {}
            '\'' if rest.peek() == Some(&'"') => drop(rest.next()),
            '/' if rest.peek() == Some(&'/') => {
                rest.by_ref().find(|&letter| letter == '\n');
                code.push('\n');
            }
            letter => code.push(letter),
        }
    }
    code
}

/// The modules of the library that a file names through `crate::` and `super::`.
fn named(file: &File) -> Vec<String> {
    // How many `super::` lead to the root.
    let own = file.path.trim_end_matches(".rs").trim_end_matches("/mod").split('/').count();
    let mut names = Vec::new();
    let mut depth = own;
    for line in file.code.lines() {
        // A module in the file, which by our custom is its last part, lies one deeper.
        if line.starts_with("mod ") && line.ends_with('{') {
            depth += 1;
        }
        for (i, _) in line.match_indices("crate::").filter(|(i, _)| !after_a_letter(line, *i)) {
            names.extend(heads(&line[i + "crate::".len()..]));
        }
        for (i, _) in line.match_indices("super::").filter(|(i, _)| !line[..*i].ends_with("super::")) {
            let steps = line[i..].split("::").take_while(|part| *part == "super").count();
            if steps == depth {
                names.extend(heads(&line[i + steps * "super::".len()..]));
            }
        }
    }
    // What lib.rs passes on: `crate::Error`, `crate::Result`.
    names.iter_mut().filter(|name| name.starts_with(char::is_uppercase)).for_each(|name| *name = "error".into());
    names.retain(|name| name != module(&file.path) && !name.is_empty());
    names.sort();
    names.dedup();
    names
}

fn after_a_letter(line: &str, place: usize) -> bool {
    line[..place].ends_with(|letter: char| letter.is_alphanumeric() || letter == '_')
}

/// The first names of a path or of a group of paths on one line.
fn heads(path: &str) -> Vec<String> {
    let head = |path: &str| {
        path.trim().chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect::<String>()
    };
    match path.strip_prefix('{') {
        None => vec![head(path)],
        Some(group) => {
            let mut open = 0;
            let parts = group.split(|letter| {
                open += i32::from(letter == '{') - i32::from(letter == '}');
                letter == ',' && open == 0
            });
            parts.map(head).collect()
        }
    }
}

#[test]
fn every_file_has_its_place() {
    let files = files();
    for file in &files {
        assert!(layer(module(&file.path)).is_some(), "src/{} is in no layer; add it to the table here", file.path);
    }
    for (name, _) in LAYERS {
        assert!(files.iter().any(|file| module(&file.path) == *name), "there is no module `{name}`; strike it out");
    }
}

#[test]
fn arrows_only_go_down() {
    let mut upward = Vec::new();
    for file in &files() {
        let own = layer(module(&file.path));
        for name in named(file) {
            match layer(&name) {
                Some(other) if Some(other) <= own => {}
                Some(_) => upward.push(format!("src/{} names `{name}`, which lies higher", file.path)),
                None => upward.push(format!("src/{} names `{name}`, which is in no layer", file.path)),
            }
        }
    }
    assert!(upward.is_empty(), "{}", upward.join("\n"));
}

#[test]
fn pure_files_stay_pure() {
    for file in files().iter().filter(|file| layer(module(&file.path)) < Some(RUNTIME_LAYER)) {
        for name in IMPURE {
            let found = file.code.match_indices(name).any(|(i, _)| !after_a_letter(&file.code, i));
            assert!(!found, "src/{} is pure, but names {name}", file.path);
        }
    }
    for file in files().iter().filter(|file| module(&file.path) != "runtime") {
        let found = file.code.match_indices("ort::").any(|(i, _)| !after_a_letter(&file.code, i));
        assert!(!found, "only src/runtime names ort, but src/{} does", file.path);
    }
}

#[test]
fn unsafe_code_lies_in_two_places() {
    for file in files() {
        let words = || file.code.split(|letter: char| !(letter.is_alphanumeric() || letter == '_'));
        let allowed = UNSAFE.iter().any(|place| file.path.starts_with(place));
        for word in ["unsafe", "unsafe_code"] {
            assert!(allowed || !words().any(|other| other == word), "src/{} says {word}", file.path);
        }
    }
}

#[test]
fn the_checks_see_what_they_should() {
    let file = |path: &str, text: &str| File { path: path.into(), code: code_of(text) };
    let text = "use crate::{error::Error, mask::{HALF, Mask}, frame};\n// crate::ffi\nlet a = \"crate::ffi\";\n\
        fn f(a: &crate::runtime::Port) -> crate::Result<()> {}\nuse super::tensor;\n";
    assert_eq!(named(&file("guard.rs", text)), ["error", "frame", "mask", "runtime", "tensor"]);
    let text =
        "use super::Family;\nuse super::super::picture::Picture;\nmod tests {\n    use super::super::super::model;\n";
    assert_eq!(named(&file("family/click_map.rs", text)), ["model", "picture"]);
    assert_eq!(code_of(r#"a 'x' '"' "\"// " b // c"#), "a 'x' '  b \n");
}
