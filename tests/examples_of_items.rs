//! Every public function, method and constant is shown in an example of the documentation, or in examples/.

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

/// The names of functions, methods and constants in the listing of the public interface.
fn names(listing: &str) -> BTreeSet<&str> {
    listing
        .lines()
        .filter_map(|line| {
            let line = line.strip_prefix("pub ")?;
            let item = match line.strip_prefix("fn ").or_else(|| line.strip_prefix("const fn ")) {
                Some(function) => function.split(['(', ' ']).next()?.split("<__H").next()?,
                None => line.strip_prefix("const ")?.split(": ").next()?,
            };
            item.rsplit("::").next()
        })
        .collect()
}

#[test]
fn every_public_function_has_an_example() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let listing = fs::read_to_string(root.join("docs/rust-api.txt")).unwrap();
    let mut text = String::new();
    read(&root.join("src"), doc_code, &mut text);
    read(&root.join("examples"), str::to_owned, &mut text);
    // Without comments. A function is shown where it is called, or named after its type.
    let text: String =
        text.lines().map(|line| line.split(" //").next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
    let is_shown = |name: &str| {
        let constant = name.chars().all(|letter| letter.is_uppercase() || letter == '_');
        let calls = [format!(".{name}("), format!("::{name}"), format!("{name}(")];
        OF_TRAITS.contains(&name)
            || if constant {
                words(&text).any(|word| word == name)
            } else {
                calls.iter().any(|call| text.contains(call))
            }
    };
    let names = names(&listing);
    assert!(names.contains("segment") && names.contains("HALF") && names.len() > 80, "{names:?}");
    let missing: Vec<_> = names.iter().filter(|name| !is_shown(name)).collect();
    assert!(missing.is_empty(), "no example shows {missing:?}");
}
