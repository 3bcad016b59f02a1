//! Runs the fuzz targets of fuzz/ with cargo-fuzz. Without a sanitizer, stable Rust is enough.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use crate::{Place, Result, place, runtime, shell, usage};

/// The inputs that earlier runs found, as few as reach the same code.
const KEPT: &str = "fuzz/corpus.tar.gz";

/// `cargo xtask fuzz [SECONDS]`.
pub fn run(place: &Place, arguments: &[String]) -> Result<()> {
    let seconds: usize = match arguments {
        [] => 60,
        [seconds] => seconds.parse().map_err(|_| usage("fuzz"))?,
        _ => return Err(usage("fuzz")),
    };
    let targets = targets(place)?;
    each(place, &targets, seconds / targets.len())
}

/// The names of all fuzz targets.
pub fn targets(place: &Place) -> Result<Vec<String>> {
    if !place.root.join("fuzz/Cargo.toml").is_file() {
        return Err("there is no fuzz/Cargo.toml, so there is nothing to fuzz; `cargo fuzz init` makes one".into());
    }
    if !shell::succeeds(cargo_fuzz(place).arg("--version")) {
        return Err("cargo-fuzz is needed: install it with `cargo install cargo-fuzz --locked`".into());
    }
    let list = shell::output(cargo_fuzz(place).arg("list"))?;
    let list = String::from_utf8_lossy(&list.stdout).into_owned();
    let targets: Vec<String> = list.split_whitespace().map(str::to_owned).collect();
    if targets.is_empty() {
        return Err("fuzz/Cargo.toml lists no fuzz target; `cargo fuzz add NAME` makes one".into());
    }
    Ok(targets)
}

/// Reduces the inputs that were found to as few as reach the same code, and packs them.
pub fn keep(place: &Place, targets: &[String]) -> Result<()> {
    let library = runtime::ensure(place)?;
    for target in targets {
        shell::run(cargo_fuzz(place).args(["cmin", "-s", "none", target]).env(runtime::VARIABLE, &library))?;
    }
    let same = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"];
    shell::run(Command::new("tar").args(same).args(["-czf", KEPT, "-C", "fuzz", "corpus"]).current_dir(&place.root))
}

/// Runs each target for so many seconds.
pub fn each(place: &Place, targets: &[String], seconds: usize) -> Result<()> {
    let each = seconds.max(1);
    // Built first, so that compiling does not count as fuzzing time.
    shell::run(cargo_fuzz(place).args(["build", "-s", "none"]))?;
    if place.root.join(KEPT).is_file() {
        let unpack = ["-xzf", KEPT, "-C", "fuzz", "--skip-old-files"];
        shell::run(Command::new("tar").args(unpack).current_dir(&place.root))?;
    }
    let library = runtime::ensure(place)?;
    // One target for each core; a target uses one thread.
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
    for some in targets.chunks(cores) {
        std::thread::scope(|scope| {
            let runs: Vec<_> = some.iter().map(|target| scope.spawn(|| one(place, target, each, &library))).collect();
            runs.into_iter().try_for_each(|run| run.join().expect("a fuzz target's thread does not panic"))
        })?;
    }
    println!("{} fuzz targets ran for {each} s each and found nothing.", targets.len());
    Ok(())
}

fn one(place: &Place, target: &str, seconds: usize, library: &Path) -> Result<()> {
    // New inputs go into the first folder; the second holds those written by hand.
    let corpus = format!("fuzz/corpus/{target}");
    place::make_folder(&place.root.join(&corpus))?;
    let folders = [corpus, format!("fuzz/seeds/{target}")];
    let mut fuzz = cargo_fuzz(place);
    fuzz.args(["run", "-s", "none", target]).args(folders.iter().filter(|folder| place.root.join(folder).is_dir()));
    // An input that takes 10 s is a hang. Inputs are long from the start, because a minute is too short for them to
    // grow.
    fuzz.args(["--", "-timeout=10", "-len_control=0", "-max_len=600", &format!("-max_total_time={seconds}")]);
    shell::run(fuzz.env(runtime::VARIABLE, library))
}

/// cargo-fuzz, which .ci/run installs into target/tools.
fn cargo_fuzz(place: &Place) -> Command {
    let mut path = OsString::from(place.target.join("tools/bin"));
    if let Some(rest) = std::env::var_os("PATH") {
        path.push(if cfg!(windows) { ";" } else { ":" });
        path.push(rest);
    }
    let mut command = shell::cargo(place, &["fuzz"]);
    command.env("PATH", path);
    command
}
