//! The plug-ins: every folder of plugins/ with a plugin.toml, which describes the plug-in. docs/adding-a-plugin.md
//! explains its keys.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::toml::Document;
use crate::{Result, place};

/// A plug-in. Paths have `/` on every system.
#[derive(Debug)]
pub struct Plugin {
    /// The name of its folder in plugins/ and in tests/, of its step in `cargo xtask test`, and in the zip's name.
    pub folder: String,
    /// The name of the editor, for messages.
    pub name: String,
    /// The folder in the zip for DeepCrop's library and ONNX Runtime; `None` if the zip has neither.
    pub libraries: Option<String>,
    /// The folder in the zip for all licences.
    pub licences: String,
    /// The files in the zip that the editor starts as programs.
    pub programs: Vec<String>,
    /// The zip's folders, each with its files in the repository: a path, or `DIR/*.py` for all files with an ending.
    zip: Vec<(String, Vec<String>)>,
    /// What its tests test, for `cargo xtask test --list`.
    pub about: String,
    /// The releases of Debian in which the tests run.
    pub debians: Vec<String>,
    /// The packages of Debian that the tests need.
    pub packages: Vec<String>,
}

/// The folder that means the zip itself.
const ROOT: &str = ".";

/// All plug-ins, sorted by name.
pub fn all(root: &Path) -> Result<Vec<Plugin>> {
    let mut plugins = Vec::new();
    for (folder, name) in entries(&root.join("plugins"))? {
        let file = folder.join("plugin.toml");
        if file.is_file() {
            let plugin = read(&name, &place::read(&file)?);
            plugins.push(plugin.map_err(|reason| format!("plugins/{name}/plugin.toml, {reason}"))?);
        }
    }
    Ok(plugins)
}

/// Reads a plug-in. `folder` is the name of its folder, `text` its plugin.toml.
pub fn read(folder: &str, text: &str) -> Result<Plugin> {
    let mut document = Document::read(text)?;
    let mut text = |section, key| document.text(section, key)?.ok_or_else(|| missing(section, key));
    let (name, licences, about) = (text("", "name")?, text("", "licences")?, text("test", "about")?);
    let mut list = |section, key| document.list(section, key)?.ok_or_else(|| missing(section, key));
    let (debians, packages) = (list("test", "debians")?, list("test", "packages")?);
    let plugin = Plugin {
        folder: folder.into(),
        name,
        libraries: document.text("", "libraries")?,
        licences,
        programs: document.list("", "programs")?.unwrap_or_default(),
        zip: document.lists("zip")?,
        about,
        debians,
        packages,
    };
    document.end()?;
    check(&plugin)?;
    Ok(plugin)
}

fn missing(section: &str, key: &str) -> String {
    let place = if section.is_empty() { "before the first section".into() } else { format!("in [{section}]") };
    format!("the key `{key}` is missing {place}")
}

/// Checks that paths stay inside the zip and the repository, and that names are safe on a command line.
fn check(plugin: &Plugin) -> Result<()> {
    let folders = plugin.zip.iter().map(|(to, _)| to).filter(|to| *to != ROOT);
    let sources = plugin.zip.iter().flat_map(|(_, from)| from);
    let own = plugin.libraries.iter().chain([&plugin.licences]).chain(&plugin.programs);
    if let Some(path) = folders.chain(sources).chain(own).find(|path| !is_inside(path)) {
        return Err(format!("`{path}` is no path of the form `folder/file`"));
    }
    if plugin.zip.is_empty() || plugin.debians.is_empty() {
        return Err("[zip] and `debians` must each have at least one entry".into());
    }
    let words = [&plugin.folder].into_iter().chain(&plugin.debians).chain(&plugin.packages);
    match words.into_iter().find(|word| !is_word(word)) {
        Some(word) => Err(format!("`{word}` is no name: a-z, 0-9, `.`, `+` and `-`")),
        None => Ok(()),
    }
}

fn is_inside(path: &str) -> bool {
    path.split('/').all(|part| !matches!(part, "" | "." | "..")) && !path.contains(['\\', ':'])
}

/// Whether a word has the form of the name of a Debian package.
fn is_word(word: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    word.starts_with(is_plain) && word.chars().all(|c| is_plain(c) || matches!(c, '.' | '+' | '-'))
}

impl Plugin {
    /// All files of the zip: the path in the zip, and the file in the repository. Files keep their names.
    pub fn files(&self, root: &Path) -> Result<BTreeMap<String, PathBuf>> {
        let mut files = BTreeMap::new();
        for (to, from) in self.zip.iter().flat_map(|(to, from)| from.iter().map(move |from| (to, from))) {
            let found = matching(root, from)?;
            if found.is_empty() {
                return Err(format!("{from} is missing, and the plug-in for {} does not work without it", self.name));
            }
            for (path, name) in found {
                let there = if to == ROOT { name } else { format!("{to}/{name}") };
                if let Some(other) = files.insert(there.clone(), path) {
                    return Err(format!("{from} and {} are both to be {there} in the zip", other.display()));
                }
            }
        }
        Ok(files)
    }
}

/// The file, or all files with an ending directly in a folder, with their names.
fn matching(root: &Path, from: &str) -> Result<Vec<(PathBuf, String)>> {
    let (folder, pattern) = from.rsplit_once('/').unwrap_or((ROOT, from));
    let is_meant = |name: &str| match pattern.strip_prefix('*') {
        Some(ending) => name.ends_with(ending),
        None => name == pattern,
    };
    let folder = root.join(folder);
    let found = if folder.is_dir() { entries(&folder)? } else { Vec::new() };
    Ok(found.into_iter().filter(|(path, name)| path.is_file() && is_meant(name)).collect())
}

/// The files and folders in a folder, sorted by name.
fn entries(folder: &Path) -> Result<Vec<(PathBuf, String)>> {
    let entries = std::fs::read_dir(folder).map_err(|e| format!("could not read {}: {e}", folder.display()))?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut named: Vec<_> =
        paths.filter_map(|path| Some((path.clone(), path.file_name()?.to_str()?.to_owned()))).collect();
    named.sort();
    Ok(named)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Place;

    const GOOD: &str = "name = \"Inkscape\"\nlicences = \"a/licences\"\n[zip]\n\"a\" = [\"plugins/inkscape/*.py\"]\n\
        [test]\nabout = \"it\"\ndebians = [\"trixie\"]\npackages = [\"inkscape\"]\n";

    #[test]
    fn those_of_the_repository_are_whole() {
        let root = Place::find().unwrap().root;
        let plugins = all(&root).unwrap();
        for name in ["gimp", "krita"] {
            assert!(plugins.iter().any(|plugin| plugin.folder == name), "{name}");
        }
        for plugin in &plugins {
            let files = plugin.files(&root).unwrap();
            // The libraries lie where the binding looks for them. `shared` lies beside `python`, because it imports
            // `..python.deepcrop`.
            let Some((binding, _)) = files.iter().find(|(_, from)| from.ends_with("plugins/python/deepcrop.py")) else {
                continue;
            };
            if let Some(libraries) = &plugin.libraries {
                assert_eq!(*libraries, binding.replace("deepcrop.py", "lib"), "{}", plugin.folder);
            }
            for (to, from) in files.iter().filter(|(_, from)| from.starts_with(root.join("plugins/shared"))) {
                let name = from.file_name().unwrap().to_str().unwrap();
                assert_eq!(*to, binding.replace("python/deepcrop.py", &format!("shared/{name}")), "{}", plugin.folder);
            }
        }
    }

    #[test]
    fn what_a_description_lacks_or_has_wrong_is_told() {
        assert!(read("inkscape", GOOD).is_ok());
        for (from, to, reason) in [
            ("name = \"Inkscape\"\n", "", "the key `name` is missing before the first section"),
            ("about = \"it\"\n", "", "the key `about` is missing in [test]"),
            ("packages", "pakages", "the key `packages` is missing in [test]"),
            ("name", "libary = \"a\"\nname", "line 1: there is no key `libary` before the first section"),
            ("[test]", "[test]\nname = \"it\"", "line 6: there is no key `name` in [test]"),
            ("[\"trixie\"]", "\"trixie\"", "line 7: `debians` is a list"),
            ("[\"trixie\"]", "[]", "[zip] and `debians`"),
            ("\"a\" = [\"plugins/inkscape/*.py\"]\n", "", "[zip] and `debians`"),
            ("a/licences", "/licences", "`/licences` is no path"),
            ("\"a\" =", "\"../a\" =", "`../a` is no path"),
            ("plugins/inkscape/*.py", "./x.py", "`./x.py` is no path"),
            ("[\"inkscape\"]", "[\"--inkscape\"]", "`--inkscape` is no name"),
            ("[\"trixie\"]", "[\"a b\"]", "`a b` is no name"),
        ] {
            let sentence = read("inkscape", &GOOD.replacen(from, to, 1)).unwrap_err();
            assert!(sentence.starts_with(reason), "{to}: {sentence}");
        }
        assert!(read("Ink scape", GOOD).unwrap_err().starts_with("`Ink scape` is no name"));
    }

    #[test]
    fn a_bad_description_is_told_with_its_path() {
        let root = place::scratch("description");
        place::write(&root.join("plugins/bad/plugin.toml"), "name").unwrap();
        place::write(&root.join("plugins/python/deepcrop.py"), "").unwrap();
        let sentence = all(&root).unwrap_err();
        place::remove_folder(&root).unwrap();
        assert!(sentence.starts_with("plugins/bad/plugin.toml, line 1: "), "{sentence}");
    }

    #[test]
    fn the_zip_holds_what_is_named_and_nothing_that_lies_about() {
        let root = place::scratch("files");
        for name in ["one.py", "notes.txt", "__pycache__/two.py", "LICENSE"] {
            place::write(&root.join("plugins/inkscape").join(name), "").unwrap();
        }
        let files = |zip: &str| {
            read("inkscape", &GOOD.replace("\"a\" = [\"plugins/inkscape/*.py\"]", zip)).unwrap().files(&root)
        };
        let names = |zip| files(zip).map(|files| files.into_keys().collect::<Vec<_>>().join(" "));
        let all = "\"a\" = [\"plugins/inkscape/*.py\"]\n\".\" = [\"plugins/inkscape/LICENSE\"]";
        let outcomes = [
            names(all),
            names("\"a\" = [\"plugins/inkscape/one.py\", \"plugins/inkscape/two.py\"]"),
            names("\"a\" = [\"plugins/elsewhere/*.py\"]"),
            names("\"a\" = [\"plugins/inkscape/*.py\", \"plugins/inkscape/one.py\"]"),
        ];
        place::remove_folder(&root).unwrap();
        let [good, missing, nowhere, twice] = outcomes;
        assert_eq!(good.unwrap(), "LICENSE a/one.py");
        assert_eq!(
            missing.unwrap_err(),
            "plugins/inkscape/two.py is missing, and the plug-in for Inkscape does not work without it"
        );
        assert!(nowhere.unwrap_err().starts_with("plugins/elsewhere/*.py is missing"));
        assert!(twice.unwrap_err().ends_with("are both to be a/one.py in the zip"));
    }
}
