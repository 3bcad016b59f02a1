//! Updates include/deepcrop.h. The test that checks the header also writes it, so both use the same code.

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
