//! Finds Python, makes virtual environments, and checks the style of our Python files.

use std::path::PathBuf;
use std::process::Command;

use crate::count::Count;
use crate::{Place, Result, place, shell};

/// The requirement file for pip with the tools that check our Python files.
const CHECKERS: &str = "xtask/requirements.txt";

/// Python 3.8 or newer.
pub fn any() -> Result<Command> {
    found(&["-c", "import sys; sys.exit(sys.version_info < (3, 8))"]).ok_or_else(|| {
        "Python 3.8 or newer is needed: install it (Debian, Ubuntu: `sudo apt install python3-pip`)".into()
    })
}

/// Python 3 with pip.
pub fn with_pip() -> Result<Command> {
    found(&["-m", "pip", "--version"]).ok_or_else(|| {
        "Python 3 with pip is needed: install it (Debian, Ubuntu: `sudo apt install python3-pip`)".into()
    })
}

/// The first Python with which `arguments` succeed. The name alone is not enough: Windows has a `python3` that opens
/// its store.
fn found(arguments: &[&str]) -> Option<Command> {
    let name =
        ["python3", "python", "py"].into_iter().find(|name| shell::succeeds(Command::new(name).args(arguments)))?;
    Some(Command::new(name))
}

/// Checks the style of every Python file in the repository. This counts as two tests.
pub fn lint(place: &Place) -> Result<Count> {
    let python = environment(place, "venv", CHECKERS)?;
    let mut count = Count::default();
    for arguments in [&["-m", "ruff", "check", "."][..], &["-m", "ruff", "format", "--check", "."]] {
        let mut ruff = Command::new(&python);
        ruff.args(arguments).current_dir(&place.root).env("RUFF_CACHE_DIR", place.target.join("ruff"));
        count += Count::one(shell::run(&mut ruff).is_ok());
    }
    Ok(count)
}

/// The Python of a virtual environment under target/ with the packages in the requirement file. It is made again when
/// that file changes.
pub fn environment(place: &Place, name: &str, requirements: &str) -> Result<PathBuf> {
    let folder = place.target.join(name);
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let wanted = place::read(&place.root.join(requirements))?;
    let made_from = folder.join("made-from.txt");
    if std::fs::read_to_string(&made_from).is_ok_and(|text| text == wanted) && python.exists() {
        return Ok(python);
    }
    place::remove_folder(&folder)?;
    shell::run(any()?.args(["-m", "venv"]).arg(&folder))
        .map_err(|e| format!("{e}: install Python's module venv (Debian, Ubuntu: `sudo apt install python3-venv`)"))?;
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "-r", requirements];
    shell::run(Command::new(&python).args(pip).current_dir(&place.root))
        .map_err(|e| format!("{e}: pip needs its package index to install what {requirements} lists"))?;
    place::write(&made_from, &wanted)?;
    Ok(python)
}
