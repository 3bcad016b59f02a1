//! Whether a program that was made for the last release still works: Rust's interface by cargo-semver-checks, C's by abidiff.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Place, Result, shell, usage};

/// `cargo xtask compat [REVISION]`: compares with that revision, or with the last tag `v…`.
pub fn run(place: &Place, arguments: &[String]) -> Result<()> {
    let base = match arguments {
        [] => last_release(place)?,
        [revision] => Some(revision.clone()),
        _ => return Err(usage("compat")),
    };
    let Some(base) = base else {
        println!("There is no release yet (no tag `v…`), so there is nothing to compare with.");
        return Ok(());
    };
    if !shell::succeeds(&mut shell::cargo(place, &["semver-checks", "--version"])) {
        return Err(
            "cargo-semver-checks is needed: install it with `cargo install cargo-semver-checks --locked`".into()
        );
    }
    if !shell::succeeds(Command::new("abidiff").arg("--version")) {
        return Err("abidiff is needed: install it (Debian, Ubuntu: `sudo apt install abigail-tools`)".into());
    }
    shell::run(&mut shell::cargo(place, &["semver-checks", "--package", "deepcrop", "--baseline-rev", &base]))?;

    let old = library_of(place, &base)?;
    shell::build_release(place)?;
    // Functions may be added; what was there stays as it was.
    let mut abidiff = Command::new("abidiff");
    shell::run(abidiff.args(["--no-added-syms"]).arg(&old).arg(place.library()))?;
    println!("Programs that were made for {base} still work.");
    Ok(())
}

/// The newest tag of a release that this checkout comes from.
fn last_release(place: &Place) -> Result<Option<String>> {
    let mut git = Command::new("git");
    git.args(["describe", "--tags", "--abbrev=0", "--match", "v*"]).current_dir(&place.root);
    let output = shell::output(&mut git)?;
    Ok(output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned()))
}

/// The shared library of another revision, built in a worktree of its own.
fn library_of(place: &Place, revision: &str) -> Result<PathBuf> {
    let folder = place.target.join("compat").join(revision.replace('/', "-"));
    if !folder.is_dir() {
        let mut git = Command::new("git");
        git.args(["worktree", "add", "--detach"]).arg(&folder).arg(revision).current_dir(&place.root);
        shell::run(&mut git)?;
    }
    let target = folder.join("target");
    let mut cargo = shell::cargo(place, &["build", "--release"]);
    shell::run(cargo.current_dir(&folder).env("CARGO_TARGET_DIR", &target))?;
    let name = place.library();
    let name = name.file_name().map(Path::new).ok_or("the library has no name")?;
    Ok(target.join("release").join(name))
}
