//! The public Rust interface as a list in the repository, so that a diff shows every change of it.

use crate::{Place, Result, place, shell, usage};

/// The list.
const LIST: &str = "docs/rust-api.txt";

/// `cargo xtask api [--write]`.
pub fn run(place: &Place, arguments: &[String]) -> Result<()> {
    let write = match arguments {
        [] => false,
        [option] if option == "--write" => true,
        _ => return Err(usage("api")),
    };
    let mut cargo = shell::cargo(place, &["public-api", "--package", "deepcrop", "--features", "image", "-s"]);
    if !shell::succeeds(&mut shell::cargo(place, &["public-api", "--version"])) {
        return Err(
            "cargo-public-api is needed: install it with `cargo install cargo-public-api --version 0.52.0 --locked`"
                .into(),
        );
    }
    // It needs rustdoc's JSON output, which a stable compiler writes only with this variable.
    let output = shell::output(cargo.env("RUSTC_BOOTSTRAP", "1"))?;
    if !output.status.success() {
        return Err(format!("cargo-public-api failed: {}", String::from_utf8_lossy(&output.stderr).trim()));
    }
    let list = String::from_utf8_lossy(&output.stdout).into_owned();
    let file = place.root.join(LIST);
    if write {
        return place::write(&file, &list);
    }
    let difference = difference(&place::read(&file).unwrap_or_default(), &list);
    if difference.is_empty() {
        println!("{LIST} is up to date: {} items.", list.lines().count());
        return Ok(());
    }
    println!("{difference}");
    Err(format!(
        "the public interface differs from {LIST}; if that is intended, run `cargo xtask api --write` and commit it"
    ))
}

/// The lines that only one of the two lists has, as in a diff.
fn difference(old: &str, new: &str) -> String {
    let gone = old.lines().filter(|line| !new.lines().any(|other| other == *line)).map(|line| format!("- {line}"));
    let come = new.lines().filter(|line| !old.lines().any(|other| other == *line)).map(|line| format!("+ {line}"));
    gone.chain(come).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_and_goes_is_shown() {
        assert_eq!(difference("a\nb\n", "a\nb\n"), "");
        assert_eq!(difference("a\nb\n", "b\nc\n"), "- a\n+ c");
    }
}
