//! Every public function, method, constant and field is shown in an example of the documentation, or in examples/. The
//! example of an enum stands for all its variants.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Methods of the standard library's traits. Nobody needs an example of them.
const OF_TRAITS: [&str; 14] = [
    "add",
    "clone",
    "cmp",
    "default",
    "eq",
    "fmt",
    "from",
    "from_str",
    "hash",
    "mul",
    "partial_cmp",
    "source",
    "sub",
    "try_from",
];

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
}

/// The code blocks in the doc comments of a file.
fn doc_code(text: &str) -> String {
    let mut code = String::new();
    let mut is_code = false;
    for line in text.lines() {
        let line = line.trim_start();
        let Some(line) = line.strip_prefix("///").or_else(|| line.strip_prefix("//!")) else { continue };
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        } else if is_code {
            code += line;
            code.push('\n');
        }
    }
    code
}

/// The text of all .rs files in a folder, changed by `of`.
fn read(folder: &Path, of: fn(&str) -> String, text: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, of, text);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            *text += &of(&fs::read_to_string(path).unwrap());
        }
    }
}

/// The functions and methods in the listing of the public interface, and after them the constants and fields.
fn names(listing: &str) -> [BTreeSet<&str>; 2] {
    let (mut functions, mut values) = (BTreeSet::new(), BTreeSet::new());
    for line in listing.lines().filter_map(|line| line.strip_prefix("pub ")) {
        if let Some(function) = line.strip_prefix("fn ").or_else(|| line.strip_prefix("const fn ")) {
            let path = function.split(['(', ' ']).next().unwrap_or_default().split("<__H").next().unwrap_or_default();
            functions.extend(path.rsplit("::").next());
        } else if let Some((path, _)) = line.strip_prefix("const ").unwrap_or(line).split_once(": ") {
            values.extend(path.rsplit("::").next().filter(|name| !path.contains(' ') && name.parse::<u32>().is_err()));
        }
    }
    [functions, values]
}

#[test]
fn every_public_function_and_field_has_an_example() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let listing = fs::read_to_string(root.join("docs/rust-api.txt")).unwrap();
    let mut text = String::new();
    read(&root.join("src"), doc_code, &mut text);
    read(&root.join("examples"), str::to_owned, &mut text);
    // Without comments. A function is shown where it is called, or named after its type.
    let text: String =
        text.lines().map(|line| line.split(" //").next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
    let calls = |name: &str| [format!(".{name}("), format!("::{name}"), format!("{name}(")];
    let is_called = |name: &str| OF_TRAITS.contains(&name) || calls(name).iter().any(|call| text.contains(call));
    let [functions, values] = names(&listing);
    assert!(functions.contains("segment") && functions.len() > 80, "{functions:?}");
    assert!(values.contains("HALF") && values.contains("timings") && values.len() > 40, "{values:?}");
    let used: BTreeSet<&str> = words(&text).collect();
    let not_called = functions.iter().filter(|name| !is_called(name));
    let missing: Vec<_> = not_called.chain(values.iter().filter(|name| !used.contains(**name))).collect();
    assert!(missing.is_empty(), "no example shows {missing:?}");
}
