//! Checks that programs made for the last release still work: the Rust interface with cargo-semver-checks, the C
//! interface with abidiff.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Place, Result, shell, usage};

/// `cargo xtask compat [REVISION]`: compares with that revision, or with the newest tag `v…`.
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
            "cargo-semver-checks is needed: install it with `cargo install cargo-semver-checks --version 0.51.0 --locked`".into()
        );
    }
    if !shell::succeeds(Command::new("abidiff").arg("--version")) {
        return Err("abidiff is needed: install it (Debian, Ubuntu: `sudo apt install abigail-tools`)".into());
    }
    shell::run(&mut shell::cargo(place, &["semver-checks", "--package", "deepcrop", "--baseline-rev", &base]))?;

    let (old, new) = (commit_of(place, &base)?, commit_of(place, "HEAD")?);
    // Functions may be added; the old ones must stay the same.
    let mut abidiff = Command::new("abidiff");
    shell::run(abidiff.arg("--no-added-syms").arg(library_of(place, &old)?).arg(library_of(place, &new)?))?;
    println!("Programs that were made for {base} still work.");
    Ok(())
}

/// The newest tag of a release among the ancestors of this checkout.
fn last_release(place: &Place) -> Result<Option<String>> {
    let tags = git(place, &["tag", "--list", "v*", "--merged", "HEAD", "--sort=-version:refname"])?;
    if tags.is_empty() && git(place, &["rev-parse", "--is-shallow-repository"])? == "true" {
        println!(
            "This clone is shallow, so it may lack the tags of releases: `git fetch --unshallow --tags` gets them."
        );
    }
    Ok(tags.lines().next().map(str::to_owned))
}

fn commit_of(place: &Place, revision: &str) -> Result<String> {
    git(place, &["rev-parse", "--verify", &format!("{revision}^{{commit}}")])
}

/// The output of a git command.
fn git(place: &Place, arguments: &[&str]) -> Result<String> {
    let mut git = Command::new("git");
    let output = shell::output(git.args(arguments).current_dir(&place.root))?;
    shell::check(&git, output.status)?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The shared library of a commit, with the debug information from which abidiff learns the structs. It is built in a
/// worktree, once for each commit.
fn library_of(place: &Place, commit: &str) -> Result<PathBuf> {
    let folder = place.target.join("compat").join(commit);
    let name = place.library();
    let name = name.file_name().map(Path::new).ok_or("the library has no name")?;
    let library = folder.join(name);
    if !library.is_file() {
        let sources = folder.join("sources");
        let path = sources.to_string_lossy();
        git(place, &["worktree", "prune"])?;
        git(place, &["worktree", "add", "--force", "--detach", &path, commit])?;
        let mut cargo = shell::cargo(place, &["build", "--release"]);
        cargo.current_dir(&sources).env("CARGO_TARGET_DIR", folder.join("target"));
        shell::run(cargo.envs([("CARGO_PROFILE_RELEASE_DEBUG", "2"), ("CARGO_PROFILE_RELEASE_STRIP", "none")]))?;
        std::fs::copy(folder.join("target/release").join(name), &library).map_err(|error| error.to_string())?;
        git(place, &["worktree", "remove", "--force", &path])?;
    }
    Ok(library)
}
