//! The zips that users unpack into an editor's folder of plug-ins: everything in them, laid out under target/ first.

use std::path::{Path, PathBuf};

use crate::{Place, Result, dist, place, portable, python, runtime, shell, usage};

/// What one editor wants. Paths in the zip have `/` on every system.
pub struct Plugin {
    /// The editor, in the names of the zip, of the folder of tests, and of target/NAME.
    pub name: &'static str,
    /// What lies where in the repository, and where in the zip: a file, or all Python files of a folder.
    sources: &'static [(&'static str, &'static str)],
    /// The zip's folder of Python modules: the binding lies in `python` there, and the libraries in `python/lib`.
    modules: &'static str,
    /// The files in the zip that the editor starts as programs.
    programs: &'static [&'static str],
}

/// What the built-in network is, and its terms.
const NETWORK: (&str, &str) = ("models/click.md", "deepcrop/licences/network.md");

/// The plug-in for GIMP 3.
pub const GIMP: Plugin = Plugin {
    name: "gimp",
    sources: &[
        ("plugins/gimp/deepcrop/deepcrop.py", "deepcrop/deepcrop.py"),
        ("plugins/gimp/deepcrop/plugin", "deepcrop/plugin"),
        ("plugins/gimp/README.md", "deepcrop/README.md"),
        ("plugins/gimp/pictures/click.jpg", "deepcrop/pictures/click.jpg"),
        ("plugins/gimp/pictures/canvas.jpg", "deepcrop/pictures/canvas.jpg"),
        NETWORK,
    ],
    modules: "deepcrop/plugin",
    programs: &["deepcrop/deepcrop.py"],
};

/// The plug-in for Krita 5.
pub const KRITA: Plugin = Plugin {
    name: "krita",
    sources: &[
        ("plugins/krita/deepcrop.desktop", "deepcrop.desktop"),
        ("plugins/krita/deepcrop", "deepcrop"),
        ("plugins/krita/actions/deepcrop.action", "actions/deepcrop.action"),
        ("plugins/krita/README.md", "deepcrop/README.md"),
        ("plugins/krita/pictures/click.jpg", "deepcrop/pictures/click.jpg"),
        ("plugins/krita/pictures/hover.jpg", "deepcrop/pictures/hover.jpg"),
        NETWORK,
    ],
    modules: "deepcrop",
    programs: &[],
};

/// What the plug-ins share, and where it lies beside their own modules.
const SHARED: &[(&str, &str)] = &[("plugins/python/deepcrop.py", "python/deepcrop.py"), ("plugins/shared", "shared")];

/// `cargo xtask dist-NAME [--out FILE.zip]`.
pub fn run(place: &Place, plugin: &Plugin, arguments: &[String]) -> Result<()> {
    let out = match arguments {
        [] => None,
        [option, file] if option == "--out" && file.ends_with(".zip") => {
            Some(std::path::absolute(file).map_err(|e| format!("`{file}` is no file's name: {e}"))?)
        }
        _ => return Err(usage(&format!("dist-{}", plugin.name))),
    };
    make(place, plugin, out).map(drop)
}

/// Makes the zip, prints its path and size, and hands back its path: under target/ unless told.
pub fn make(place: &Place, plugin: &Plugin, out: Option<PathBuf>) -> Result<PathBuf> {
    let folder = place.target.join("plugins").join(plugin.name);
    place::empty_folder(&folder)?;
    for (from, to) in files(&place.root, plugin)? {
        place::copy(&from, &folder.join(to))?;
    }
    libraries(place, &folder.join(plugin.modules).join("python/lib"))?;
    legal(place, &folder.join("deepcrop/licences"))?;
    let zip = match out {
        Some(zip) => zip,
        None => place.target.join(zip_name(plugin, &dist::version(place)?)),
    };
    place::make_room(&zip)?;
    let mut python = python::any()?;
    python.arg(place.root.join("xtask/zip.py")).arg(&zip).arg(&folder).args(plugin.programs);
    let output = shell::output(&mut python)?;
    if !output.status.success() {
        return Err(format!("could not write {}: {}", zip.display(), String::from_utf8_lossy(&output.stderr).trim()));
    }
    println!("{}: {}", place.show(&zip), megabytes(&zip));
    Ok(zip)
}

fn zip_name(plugin: &Plugin, version: &str) -> String {
    format!("deepcrop-{}-{version}-{}-{}.zip", plugin.name, std::env::consts::OS, std::env::consts::ARCH)
}

/// Every file of the repository that goes into the zip, and its path there.
fn files(root: &Path, plugin: &Plugin) -> Result<Vec<(PathBuf, String)>> {
    let mut files = Vec::new();
    let shared = SHARED.iter().map(|(from, name)| (*from, format!("{}/{name}", plugin.modules)));
    for (from, to) in plugin.sources.iter().map(|(from, to)| (*from, (*to).to_owned())).chain(shared) {
        let path = root.join(from);
        if path.is_dir() {
            files.extend(python_files(&path)?.into_iter().map(|(path, name)| (path, format!("{to}/{name}"))));
        } else if path.is_file() {
            files.push((path, to));
        } else {
            return Err(format!("{from} is missing, and the {} plug-in does not work without it", plugin.name));
        }
    }
    Ok(files)
}

/// The Python files that lie in a folder itself, with their names.
fn python_files(folder: &Path) -> Result<Vec<(PathBuf, String)>> {
    let entries = std::fs::read_dir(folder).map_err(|e| format!("could not read {}: {e}", folder.display()))?;
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let named = paths.filter_map(|path| Some((path.clone(), path.file_name()?.to_str()?.to_owned())));
    Ok(named.filter(|(path, name)| path.is_file() && name.ends_with(".py")).collect())
}

/// Our library and ONNX Runtime, each once and under the name by which it is looked for: a zip has no links.
fn libraries(place: &Place, folder: &Path) -> Result<()> {
    let ours = folder.join(dist::soname(place)?);
    place::copy(&portable::library(place)?, &ours)?;
    for (file, name) in runtime::files(&runtime::ensure(place)?) {
        place::copy(&file, &folder.join(name))?;
    }
    portable::check(folder)
}

/// Our licences and those of all that the zip holds in binary form.
fn legal(place: &Place, folder: &Path) -> Result<()> {
    for name in ["LICENSE-MIT", "LICENSE-APACHE"] {
        place::copy(&place.root.join(name), &folder.join(name))?;
    }
    let library = runtime::ensure(place)?;
    let runtimes = runtime::licences(&library);
    if runtimes.is_empty() {
        return Err(format!(
            "no LICENSE of ONNX Runtime lies beside {} or one folder above, and it may not be passed on without: take the \
             one that `cargo xtask runtime` fetches",
            library.display()
        ));
    }
    for (file, name) in runtimes {
        place::copy(&file, &folder.join(name))?;
    }
    for (file, name) in portable::licences(place)? {
        place::copy(&file, &folder.join(name))?;
    }
    let mut python = python::any()?;
    python.arg("-B").arg(place.root.join("xtask/licences.py")).arg(folder).args(portable::PACKAGE);
    shell::run(python.current_dir(&place.root))
}

fn megabytes(file: &Path) -> String {
    let bytes = std::fs::metadata(file).map_or(0, |file| file.len());
    format!("{:.1} MB", bytes as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zip_is_named_after_what_it_runs_on() {
        let name = zip_name(&GIMP, "1.2.3");
        assert!(name.starts_with("deepcrop-gimp-1.2.3-") && name.ends_with(&format!("{}.zip", std::env::consts::ARCH)));
    }

    #[test]
    fn the_zip_holds_the_plugin_and_nothing_that_lies_about() {
        let root = std::env::temp_dir().join(format!("deepcrop-plugins-{}", std::process::id()));
        for name in [
            "plugins/gimp/deepcrop/deepcrop.py",
            "plugins/gimp/deepcrop/plugin/dialog.py",
            "plugins/gimp/deepcrop/plugin/notes.txt",
            "plugins/gimp/deepcrop/plugin/__pycache__/dialog.py",
            "plugins/gimp/README.md",
            "plugins/gimp/pictures/click.jpg",
            "plugins/gimp/pictures/canvas.jpg",
            "plugins/gimp/pictures/dialog.png",
            "models/click.md",
            "plugins/shared/clicking.py",
        ] {
            place::write(&root.join(name), "").unwrap();
        }
        let missing = files(&root, &GIMP).unwrap_err();
        assert!(missing.starts_with("plugins/python/deepcrop.py is missing"), "{missing}");
        place::write(&root.join("plugins/python/deepcrop.py"), "").unwrap();
        let mut names: Vec<_> = files(&root, &GIMP).unwrap().into_iter().map(|(_, to)| to).collect();
        place::remove_folder(&root).unwrap();
        names.sort();
        assert_eq!(
            names,
            [
                "deepcrop/README.md",
                "deepcrop/deepcrop.py",
                "deepcrop/licences/network.md",
                "deepcrop/pictures/canvas.jpg",
                "deepcrop/pictures/click.jpg",
                "deepcrop/plugin/dialog.py",
                "deepcrop/plugin/python/deepcrop.py",
                "deepcrop/plugin/shared/clicking.py",
            ]
        );
    }
}
