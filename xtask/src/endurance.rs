//! The long tests: minutes of clicks, kills and fuzzing. docs/security.md says what they attack.

use crate::{Place, Result, fuzz, runtime, shell, usage};

/// The long tests of the workspace: package, test program, and the test's name.
const LONG: [[&str; 3]; 2] = [
    ["deepcrop-cli", "cli", "a_batch_that_is_killed_fifty_times_loses_nothing"],
    ["deepcrop-capi", "c_api", "a_long_soak_keeps_its_memory"],
];

/// `cargo xtask endurance [SECONDS]`: so many seconds of fuzzing for each target.
pub fn run(place: &Place, arguments: &[String]) -> Result<()> {
    let seconds: usize = match arguments {
        [] => 1800,
        [seconds] => seconds.parse().map_err(|_| usage("endurance"))?,
        _ => return Err(usage("endurance")),
    };
    let library = runtime::ensure(place)?;
    for [package, program, name] in LONG {
        let arguments = ["test", "--release", "--package", package, "--test", program, name];
        let mut test = shell::cargo(place, &arguments);
        shell::run(test.args(["--", "--ignored", "--nocapture"]).env(runtime::VARIABLE, &library))?;
    }
    let targets = fuzz::targets(place)?;
    fuzz::each(place, &targets, seconds)?;
    fuzz::keep(place, &targets)
}
