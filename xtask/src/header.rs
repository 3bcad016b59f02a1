//! Writes include/deepcrop.h anew: the test that checks it also writes it, so that there is one way only.

use crate::{Place, Result, shell, usage};

/// `cargo xtask header`.
pub fn run(place: &Place, arguments: &[String]) -> Result<()> {
    if !arguments.is_empty() {
        return Err(usage("header"));
    }
    shell::run(shell::cargo(place, &["test", "--test", "header"]).env("DEEPCROP_WRITE_HEADER", "1"))?;
    println!("include/deepcrop.h is up to date.");
    Ok(())
}
