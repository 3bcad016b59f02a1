//! Makes the zip of a plug-in, which users unpack into an editor's folder. Its files are first copied to
//! target/plugins.

use std::path::{Path, PathBuf};

use crate::plugins::{self, Plugin};
use crate::{Place, Result, dist, place, portable, python, runtime, shell, usage};

/// The card of the built-in network, which has its terms.
const NETWORK: &str = "models/click.md";

/// `cargo xtask dist-plugin NAME [--out FILE.zip]`.
pub fn run(place: &Place, arguments: &[String]) -> Result<()> {
    let (name, out) = match arguments {
        [name] => (name, None),
        [name, option, file] if option == "--out" && file.ends_with(".zip") => {
            (name, Some(std::path::absolute(file).map_err(|e| format!("`{file}` is not a file name: {e}"))?))
        }
        _ => return Err(usage("dist-plugin")),
    };
    let plugins = plugins::all(&place.root)?;
    let Some(plugin) = plugins.iter().find(|plugin| plugin.folder == *name) else {
        let names: Vec<_> = plugins.iter().map(|plugin| plugin.folder.as_str()).collect();
        return Err(format!("there is no plug-in `{name}`; there are {}", names.join(", ")));
    };
    make(place, plugin, out).map(drop)
}

/// Makes the zip, prints its path and size, and returns its path, which is under target/ unless `out` is given.
pub fn make(place: &Place, plugin: &Plugin, out: Option<PathBuf>) -> Result<PathBuf> {
    let folder = place.target.join("plugins").join(&plugin.folder);
    place::empty_folder(&folder)?;
    for (to, from) in plugin.files(&place.root)? {
        place::copy(&from, &folder.join(to))?;
    }
    let mut programs = plugin.programs.clone();
    let licences = folder.join(&plugin.licences);
    for name in ["LICENSE-MIT", "LICENSE-APACHE"] {
        place::copy(&place.root.join(name), &licences.join(name))?;
    }
    if let Some(libraries) = &plugin.libraries {
        add_libraries(place, &folder.join(libraries))?;
        programs.push(format!("{libraries}/{}", dist::trial()));
        add_licences(place, &licences)?;
    }
    let zip = match out {
        Some(zip) => zip,
        None => place.target.join(name_of(plugin, &dist::version(place)?)),
    };
    place::make_room(&zip)?;
    let mut python = python::any()?;
    python.arg(place.root.join("xtask/zip.py")).arg(&zip).arg(&folder).args(programs);
    let output = shell::output(&mut python)?;
    if !output.status.success() {
        return Err(format!("could not write {}: {}", zip.display(), String::from_utf8_lossy(&output.stderr).trim()));
    }
    println!("{}: {}", place.show(&zip), megabytes(&zip));
    Ok(zip)
}

fn name_of(plugin: &Plugin, version: &str) -> String {
    format!("deepcrop-{}-{version}-{}-{}.zip", plugin.folder, std::env::consts::OS, std::env::consts::ARCH)
}

/// Adds our library and ONNX Runtime, each under the name by which it is loaded, because a zip has no links; and the
/// program that tries networks.
fn add_libraries(place: &Place, folder: &Path) -> Result<()> {
    let built = portable::build(place)?;
    let library = place.library();
    place::copy(&built.join(library.file_name().unwrap_or_default()), &folder.join(dist::soname(place)?))?;
    place::copy(&built.join(dist::trial()), &folder.join(dist::trial()))?;
    for (file, name) in runtime::files(&runtime::ensure(place)?) {
        place::copy(&file, &folder.join(name))?;
    }
    portable::check(folder)
}

/// Adds the licences of everything in the libraries.
fn add_licences(place: &Place, folder: &Path) -> Result<()> {
    place::copy(&place.root.join(NETWORK), &folder.join("network.md"))?;
    let library = runtime::ensure(place)?;
    let runtimes = runtime::licences(&library);
    if runtimes.is_empty() {
        return Err(format!(
            "there is no LICENSE of ONNX Runtime beside {} or one folder above, and without it ONNX Runtime must not be passed \
             on: use the one that `cargo xtask runtime` fetches",
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
    use crate::{chroot, test};

    /// The example of docs/adding-a-plugin.md.
    fn inkscape() -> String {
        let page = include_str!("../../docs/adding-a-plugin.md");
        let example = page.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next());
        example.unwrap().to_owned()
    }

    /// Lists a zip: the name of each entry, whether it is executable, and its text.
    const LIST: &str = "import sys, zipfile\n\
        z = zipfile.ZipFile(sys.argv[1])\n\
        for e in z.infolist():\n    print(e.filename, bool(e.external_attr >> 16 & 0o100), z.read(e).decode().strip())";

    #[test]
    fn a_further_editor_needs_its_own_folder_alone() {
        let here = Place::find().unwrap().root;
        let root = place::scratch("inkscape");
        let place = Place { target: root.join("target"), root };
        place::copy(&here.join("xtask/zip.py"), &place.root.join("xtask/zip.py")).unwrap();
        // Without the libraries, which take minutes to build and are added in the same way for every plug-in.
        let example = inkscape().replace("libraries = \"deepcrop/plugin/python/lib\"\n", "");
        assert!(!example.contains("libraries"));
        place::write(&place.root.join("plugins/inkscape/plugin.toml"), &example).unwrap();
        for name in ["deepcrop.inx", "start.py", "README.md", "plugin/click.py", "plugin/notes.txt"] {
            place::write(&place.root.join("plugins/inkscape").join(name), name).unwrap();
        }
        for name in ["plugins/python/deepcrop.py", "plugins/shared/steps.py", "LICENSE-MIT", "LICENSE-APACHE"] {
            place::write(&place.root.join(name), name).unwrap();
        }
        let out = place.root.join("it.zip");
        let arguments = ["inkscape", "--out", out.to_str().unwrap()].map(str::to_owned);
        run(&place, &arguments).unwrap();
        let listed = shell::output(python::any().unwrap().args(["-c", LIST]).arg(&out)).unwrap();
        let unknown = run(&place, &["gimp".to_owned()]).unwrap_err();
        let plugins = plugins::all(&place.root).unwrap();
        let debians = chroot::all(&plugins);
        place::remove_folder(&place.root).unwrap();
        assert_eq!(
            String::from_utf8(listed.stdout).unwrap().lines().map(str::trim_end).collect::<Vec<_>>(),
            [
                "deepcrop.inx False deepcrop.inx",
                "deepcrop/ True",
                "deepcrop/README.md False README.md",
                "deepcrop/licences/ True",
                "deepcrop/licences/LICENSE-APACHE False LICENSE-APACHE",
                "deepcrop/licences/LICENSE-MIT False LICENSE-MIT",
                "deepcrop/plugin/ True",
                "deepcrop/plugin/click.py False plugin/click.py",
                "deepcrop/plugin/python/ True",
                "deepcrop/plugin/python/deepcrop.py False plugins/python/deepcrop.py",
                "deepcrop/plugin/shared/ True",
                "deepcrop/plugin/shared/steps.py False plugins/shared/steps.py",
                "deepcrop/start.py True start.py",
            ]
        );
        assert_eq!(unknown, "there is no plug-in `gimp`; there are inkscape");
        let steps = test::steps(&plugins, &debians);
        assert!(steps.iter().any(|step| step.to_string() == "inkscape   the extension's zip in a real Inkscape"));
    }

    #[test]
    fn the_zip_is_named_after_what_it_runs_on() {
        let name = name_of(&plugins::read("inkscape", &inkscape()).unwrap(), "1.2.3");
        assert!(
            name.starts_with("deepcrop-inkscape-1.2.3-") && name.ends_with(&format!("{}.zip", std::env::consts::ARCH))
        );
    }
}
