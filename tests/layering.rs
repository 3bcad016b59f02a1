//! Checks the order of src/: reads every file, and fails on a dependency that points upwards or is part of a circle.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The rooms, from the lowest to the highest. A file may use files of its own room and of lower rooms.
const ROOMS: [&str; 6] = ["base", "geometry", "pixels", "mask", "network", "session"];

/// The rooms that only compute, without files, processes and the network.
const PURE: [&str; 3] = ["geometry", "pixels", "mask"];
const IMPURE: [&str; 5] = ["ort::", "std::fs", "std::net", "std::process", "std::io"];

/// The places where `unsafe` is allowed.
const UNSAFE: [&str; 2] = ["capi/src/", "src/network/runtime/library.rs"];
/// The place where the crate `ort` may be named.
const ORT: &str = "src/network/runtime/";

struct File {
    /// The path from the repository's root, with `/` between folders.
    path: String,
    /// The path of its module in its crate.
    module: Vec<String>,
    /// The text without comments and strings.
    code: String,
}

impl File {
    fn new(path: &str, text: &str) -> Self {
        let inside = path.split_once("src/").expect("a file of a src folder").1.trim_end_matches(".rs");
        let mut module: Vec<String> = inside.split('/').map(str::to_owned).collect();
        module.pop_if(|name| ["mod", "lib", "main"].contains(&name.as_str()));
        Self { path: path.to_owned(), module, code: code_of(text) }
    }

    fn room(&self) -> Option<usize> {
        ROOMS.iter().position(|room| self.module.first().is_some_and(|first| first == room))
    }

    fn is_test(&self) -> bool {
        self.module.iter().any(|name| name == "tests")
    }

    /// The code without its tests, which are always the last part of a file.
    fn code_in_use(&self) -> &str {
        self.code.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default()
    }
}

/// All files of a package's src folder.
fn files(package: &str) -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.join(package).join("src")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
                files.push(File::new(&name, &fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(files.len() > 10, "src/ of {package} was not found");
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

/// The text without line comments and strings. It is enough for formatted code without block comments.
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

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// All paths in a piece of code. Groups in braces are split: `a::{b, c::d}` becomes `a::b` and `a::c::d`.
fn paths(code: &str) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    let mut rest = code;
    while let Some(start) = rest.find(is_word) {
        rest = path(&rest[start..], &[], &mut paths);
    }
    paths
}

/// Reads the path at the start of the code and adds it to `paths`, with the names `before` it. Returns the rest of the
/// code.
fn path<'a>(code: &'a str, before: &[String], paths: &mut Vec<Vec<String>>) -> &'a str {
    let (mut names, mut rest) = (before.to_vec(), code);
    loop {
        let end = rest.find(|letter| !is_word(letter)).unwrap_or(rest.len());
        names.push(rest[..end].to_owned());
        let Some(next) = rest[end..].strip_prefix("::") else {
            rest = &rest[end..];
            break;
        };
        if let Some(mut group) = next.strip_prefix('{') {
            while let Some(start) = group.find(|letter| is_word(letter) || letter == '}') {
                group = &group[start..];
                if let Some(after) = group.strip_prefix('}') {
                    return after;
                }
                group = path(group, &names, paths);
            }
            return group;
        }
        if !next.starts_with(is_word) {
            rest = next;
            break;
        }
        rest = next;
    }
    paths.push(names);
    rest
}

/// The methods in a piece of code, each with the type that its `impl` is for.
fn methods(code: &str) -> Vec<(&str, &str)> {
    let mut methods = Vec::new();
    let mut of = None;
    for (at, line) in code.match_indices('\n').map(|(at, _)| (at, code[at + 1..].lines().next().unwrap_or_default())) {
        if let Some(head) = line.strip_prefix("impl") {
            // Without the parameters in angle brackets; `impl Trait for Type` has methods of the trait.
            let head =
                if head.starts_with('<') { head.split_once("> ").map_or("", |parts| parts.1) } else { head.trim() };
            of = head.split(|letter| !is_word(letter)).next().filter(|_| !head.contains(" for "));
        } else if line.starts_with('}') {
            of = None;
        }
        let Some((before, name)) = line.split_once("fn ") else { continue };
        let end = name.find(|letter| !is_word(letter)).unwrap_or(name.len());
        let first = code[at + 1 + before.len() + "fn ".len() + end..].split([',', ')']).next().unwrap_or_default();
        if let Some(of) = of.filter(|_| line.starts_with("    ") && first.ends_with("self")) {
            methods.push((of, &name[..end]));
        }
    }
    methods
}

/// A method that is written in another file than its type. To call it is to depend on that file, though no path names it.
#[derive(Debug, PartialEq)]
struct AwayFromHome<'a> {
    of: &'a str,
    name: &'a str,
    file: usize,
    /// Whether no other type has a method of this name.
    is_unique: bool,
}

fn methods_away_from_home(files: &[File]) -> Vec<AwayFromHome<'_>> {
    let all: Vec<(usize, &str, &str)> = files
        .iter()
        .enumerate()
        .flat_map(|(file, code)| methods(code.code_in_use()).into_iter().map(move |(of, name)| (file, of, name)))
        .collect();
    let is_away = |file: usize, of: &str| {
        let code = &files[file].code;
        !["struct", "enum", "trait"].iter().any(|word| names_word(code, &format!("{word} {of}")))
    };
    let away = all.iter().filter(|(file, of, _)| is_away(*file, of));
    away.map(|&(file, of, name)| AwayFromHome {
        of,
        name,
        file,
        is_unique: all.iter().filter(|other| other.2 == name).all(|other| other.1 == of),
    })
    .collect()
}

/// Whether a word stands in the code, not as a part of a longer one.
fn names_word(code: &str, word: &str) -> bool {
    code.match_indices(word)
        .any(|(at, _)| !code[..at].ends_with(is_word) && !code[at + word.len()..].starts_with(is_word))
}

/// The numbers of the files that the code of a file names, or whose methods it calls.
fn named(files: &[File], by_module: &BTreeMap<&[String], usize>, number: usize, code: &str) -> BTreeSet<usize> {
    let own = &files[number].module;
    // In `mod tests { }` at the end of a file, `super` is the file itself.
    let inner = code.len() > files[number].code_in_use().len();
    let mut found = BTreeSet::new();
    // A path of one name is a keyword, as in `pub(crate)`, or a name from the file itself.
    for path in paths(code).into_iter().filter(|path| path.len() > 1) {
        let supers = path.iter().take_while(|name| *name == "super").count();
        let (mut module, rest) = match path[0].as_str() {
            "crate" => (Vec::new(), &path[1..]),
            "self" => (own.clone(), &path[1..]),
            "super" => {
                let up = supers.saturating_sub(usize::from(inner)).min(own.len());
                (own[..own.len() - up].to_vec(), &path[supers..])
            }
            _ => (own.clone(), &path[..]),
        };
        let first = module.len();
        for name in rest {
            module.push(name.clone());
            if !by_module.contains_key(module.as_slice()) {
                module.pop();
                break;
            }
        }
        // A path that starts with a name from the file itself is not a dependency, unless that name is a module below
        // the file.
        let is_relative = !["crate", "self", "super"].contains(&path[0].as_str());
        if !(is_relative && module.len() == first)
            && let Some(&other) = by_module.get(module.as_slice())
        {
            found.insert(other);
        }
    }
    for AwayFromHome { of, name, file, is_unique } in methods_away_from_home(files) {
        // A name that several types have counts if the type is named too.
        if code.contains(&format!(".{name}(")) && (is_unique || names_word(code, of)) {
            found.insert(file);
        }
    }
    found.remove(&number);
    found
}

fn by_module(files: &[File]) -> BTreeMap<&[String], usize> {
    files.iter().enumerate().map(|(number, file)| (file.module.as_slice(), number)).collect()
}

#[test]
fn every_file_lies_in_a_room() {
    let files = files("");
    for file in files.iter().filter(|file| !file.module.is_empty()) {
        assert!(file.room().is_some(), "{} lies in no room; the rooms are {ROOMS:?}", file.path);
    }
    for (number, room) in ROOMS.iter().enumerate() {
        assert!(files.iter().any(|file| file.room() == Some(number)), "the room `{room}` is empty");
    }
}

#[test]
fn dependencies_point_downwards_only() {
    let files = files("");
    let by_module = by_module(&files);
    for (number, file) in files.iter().enumerate().filter(|(_, file)| file.room().is_some()) {
        for other in named(&files, &by_module, number, &file.code) {
            let other = &files[other];
            assert!(other.room() <= file.room() && other.room().is_some(), "{} uses {}", file.path, other.path);
        }
    }
}

#[test]
fn only_the_table_names_a_family() {
    let all = ["", "capi", "cli"].map(files);
    let families = "src/network/families/";
    let folder_of = |file: &File| Some(file.path.strip_prefix(families)?.split_once('/')?.0.to_owned());
    let names: BTreeSet<String> = all[0].iter().filter_map(folder_of).collect();
    assert!(names.contains("click_map") && names.len() > 5, "{names:?}");
    for file in all.iter().flatten().filter(|file| !file.path.starts_with(families)) {
        for path in paths(&file.code) {
            let family = path.iter().skip_while(|name| *name != "families").find(|name| names.contains(*name));
            assert!(family.is_none(), "{} names the family {family:?}", file.path);
        }
    }
}

#[test]
fn no_file_leads_back_to_itself() {
    for package in ["", "capi", "cli"] {
        let files = files(package);
        let by_module = by_module(&files);
        let all = (0..files.len()).filter(|&number| !files[number].is_test());
        let mut uses: BTreeMap<usize, BTreeSet<usize>> =
            all.map(|number| (number, named(&files, &by_module, number, files[number].code_in_use()))).collect();
        // Remove files without remaining dependencies or dependents; what is left is a circle.
        let is_free = |uses: &BTreeMap<usize, BTreeSet<usize>>, number: &usize| {
            let below = uses[number].iter().any(|other| uses.contains_key(other));
            !below || !uses.values().any(|others| others.contains(number))
        };
        while let Some(number) = uses.keys().copied().find(|number| is_free(&uses, number)) {
            uses.remove(&number);
        }
        let circle: Vec<&str> = uses.keys().map(|&number| files[number].path.as_str()).collect();
        assert!(circle.is_empty(), "these lead back to themselves: {circle:#?}");
    }
}

#[test]
fn rooms_that_compute_stay_pure() {
    for file in files("") {
        let names = |name: &str| {
            let whole = |i: usize| !file.code[..i].ends_with(is_word);
            file.code.match_indices(name).any(|(i, _)| whole(i))
        };
        if file.room().is_some_and(|room| PURE.contains(&ROOMS[room])) {
            let found = IMPURE.iter().find(|name| names(name));
            assert!(found.is_none(), "{} only computes, but names {found:?}", file.path);
        }
        assert!(file.path.starts_with(ORT) || !names("ort::"), "only {ORT} names ort, but {} does", file.path);
    }
}

#[test]
fn unsafe_code_lies_in_two_places() {
    for file in ["", "capi", "cli"].into_iter().flat_map(files) {
        let allowed = UNSAFE.iter().any(|place| file.path.starts_with(place));
        for word in file.code.split(|letter| !is_word(letter)) {
            assert!(allowed || !["unsafe", "unsafe_code"].contains(&word), "{} says {word}", file.path);
        }
    }
}

/// proptest reads the saved failures of src/ROOM/FILE.rs from proptest-regressions/ROOM/FILE.txt.
#[test]
fn saved_failures_lie_where_their_tests_find_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![root.join("proptest-regressions")];
    let mut saved = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let source = Path::new("src").join(path.strip_prefix(root.join("proptest-regressions")).unwrap());
            let text = fs::read_to_string(root.join(source.with_extension("rs"))).unwrap_or_default();
            assert!(text.contains("proptest! {"), "{} has no property tests", source.with_extension("rs").display());
            saved += 1;
        }
    }
    assert!(saved > 0);
}

#[test]
fn the_checks_see_what_they_should() {
    let files = [
        File::new("src/lib.rs", ""),
        File::new("src/base/mod.rs", ""),
        File::new("src/base/error.rs", ""),
        File::new("src/mask/mod.rs", "mod edge;"),
        File::new("src/mask/edge/mod.rs", "mod tiles;\nfn f() { tiles::cut() }\nlet mask = mask::of(1);"),
        File::new("src/mask/edge/tiles.rs", "use super::{fit};\n// crate::session\nlet a = \"crate::session\";"),
        File::new(
            "src/session/model.rs",
            "use crate::{base::error::{Error, Result}, mask::edge::{self, tiles::Tile}};\n#[cfg(test)]\nmod tests {\n    use super::*;\n    use super::super::super::mask;\n}",
        ),
    ];
    let by_module = by_module(&files);
    let used = |number: usize, code: &str| -> Vec<&str> {
        named(&files, &by_module, number, code).into_iter().map(|other| files[other].path.as_str()).collect()
    };
    assert_eq!(used(4, &files[4].code), ["src/mask/edge/tiles.rs"]);
    assert_eq!(used(5, &files[5].code), ["src/mask/edge/mod.rs"]);
    let (edge, tiles) = ("src/mask/edge/mod.rs", "src/mask/edge/tiles.rs");
    assert_eq!(used(6, files[6].code_in_use()), ["src/base/error.rs", edge, tiles]);
    assert_eq!(used(6, &files[6].code), ["src/base/error.rs", "src/mask/mod.rs", edge, tiles]);
    // A method that lies in another file than its type.
    let code = "use crate::base::Call;\n\nimpl Call<'_> {\n    pub fn replay(\n        &mut self,\n    ) {\n    }\n\n    fn new() -> Self {\n    }\n}\n\nimpl Drop for Call<'_> {\n    fn drop(&mut self) {}\n}\n";
    assert_eq!(methods(code), [("Call", "replay")]);
    let files = [
        File::new("src/base/mod.rs", "pub struct Call;\n\nimpl Call {\n    fn own(&self) {}\n}"),
        File::new("src/base/replay.rs", code),
        File::new("src/base/answers.rs", "fn f(call: Call) { call.own(); call.replay() }"),
    ];
    let away = |of, name, file, is_unique| AwayFromHome { of, name, file, is_unique };
    assert_eq!(methods_away_from_home(&files), [away("Call", "replay", 1, true)]);
    assert_eq!(named(&files, &BTreeMap::new(), 2, &files[2].code), BTreeSet::from([1]));
    // A name that two types have.
    let files = [
        File::new("src/base/mod.rs", "pub struct Call;\npub struct Log;\n\nimpl Log {\n    fn replay(&self) {}\n}"),
        File::new("src/base/replay.rs", code),
        File::new("src/base/a.rs", "fn f(call: Call) { call.replay() }"),
        File::new("src/base/b.rs", "fn f(log: Log) { log.replay() }"),
    ];
    assert_eq!(methods_away_from_home(&files), [away("Call", "replay", 1, false)]);
    assert_eq!(named(&files, &BTreeMap::new(), 2, &files[2].code), BTreeSet::from([1]));
    assert_eq!(named(&files, &BTreeMap::new(), 3, &files[3].code), BTreeSet::new());
    assert_eq!(code_of(r#"a 'x' '"' "\"// " b // c"#), "a 'x' '  b \n");
}
