//! Runs the training recipe of the built-in network from end to end with a very small network, to check that it still
//! works.

use std::process::Command;

use crate::{Place, Result, golden, place, runtime, shell, usage};

/// The recipe's requirement file for pip. It is a part of that of `golden`, so both share one environment.
#[cfg(test)]
const REQUIREMENTS: &str = "models/train/requirements.txt";

/// `cargo xtask rehearse`.
pub fn run(place: &Place, arguments: &[String]) -> Result<()> {
    if !arguments.is_empty() {
        return Err(usage("rehearse"));
    }
    let python = golden::environment(place)?;
    let library = runtime::ensure(place)?;
    shell::build_release(place)?;
    let out = place.target.join("rehearsal");
    place::remove_folder(&out)?;
    let mut rehearse = Command::new(&python);
    rehearse.arg("models/train/rehearse.py").arg(&out).arg(place.program()).current_dir(&place.root);
    shell::run(rehearse.env(runtime::VARIABLE, library).env("OMP_NUM_THREADS", "1").env("PYTHONDONTWRITEBYTECODE", "1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shared_environment_has_all_that_the_recipe_needs() {
        let place = Place::find().unwrap();
        let [needed, there] =
            [REQUIREMENTS, golden::REQUIREMENTS].map(|file| place::read(&place.root.join(file)).unwrap());
        assert!(needed.lines().count() > 3);
        for line in needed.lines() {
            assert!(there.lines().any(|other| other == line), "{line} is not in {}", golden::REQUIREMENTS);
        }
    }
}
