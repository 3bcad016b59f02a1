//! `cargo xtask test`: every test, with one summary.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::chroot::{self, Debian};
use crate::count::Count;
use crate::plugins::{self, Plugin};
use crate::{Place, Result, dist, place, python, runtime, shell, tools, usage, zip};

/// One line of the summary. A step that fails before its tests run counts as one failure, with the reason.
pub struct Step<'a> {
    name: &'a str,
    about: &'a str,
    work: Work<'a>,
}

enum Work<'a> {
    /// Steps that any machine with the required tools can run.
    Anywhere(fn(&Place) -> Result<Count>),
    /// The tests of a plug-in, in chroots. Skipped where the chroots cannot be made; with `--all` that is a failure.
    InDebians(&'a Plugin, Vec<&'a Debian>),
}

/// All steps, in order: a later step may need the output of an earlier one.
pub fn steps<'a>(plugins: &'a [Plugin], debians: &'a [Debian]) -> Vec<Step<'a>> {
    let anywhere = |name, about, run| Step { name, about, work: Work::Anywhere(run) };
    let mut steps = vec![
        anywhere("tools", "compilers, sanitizers, valgrind and Python are installed", tools::check),
        anywhere("runtime", "ONNX Runtime is in target/onnxruntime", fetch),
        anywhere("dist", "a release build, in target/dist", lay_out),
        anywhere("rust", "cargo test: Rust, and C and C++ programs against target/dist", cargo_test),
    ];
    steps.extend(plugins.iter().map(|plugin| {
        let debians = debians.iter().filter(|debian| plugin.debians.contains(&debian.suite)).collect();
        Step { name: &plugin.folder, about: &plugin.about, work: Work::InDebians(plugin, debians) }
    }));
    steps.push(anywhere("python", "ruff: errors and format of every Python file", python::lint));
    steps
}

impl fmt::Display for Step<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{:<10} {}", self.name, self.about)
    }
}

struct Outcome<'a> {
    name: &'a str,
    count: Count,
    time: Duration,
    /// Why it failed before its tests ran, or why it was not run.
    sentence: Option<String>,
}

/// `cargo xtask test [--list] [--all] [STEP...]`.
pub fn run(place: &Place, arguments: &[String]) -> Result<()> {
    let plugins = plugins::all(&place.root)?;
    let debians = chroot::all(&plugins);
    let steps = steps(&plugins, &debians);
    if arguments.iter().any(|argument| argument == "--list") {
        for step in &steps {
            println!("{step}");
        }
        return Ok(());
    }
    let (options, names): (Vec<_>, Vec<_>) = arguments.iter().partition(|argument| *argument == "--all");
    if let Some(unknown) = names.iter().find(|name| steps.iter().all(|step| step.name != **name)) {
        return Err(format!(
            "`{unknown}` is not a step of the tests, see `cargo xtask test --list`; {}",
            usage("test")
        ));
    }
    let chosen = steps.iter().filter(|step| names.is_empty() || names.iter().any(|name| *name == step.name));
    let outcomes: Vec<Outcome> = chosen.map(|step| execute(place, step, !options.is_empty())).collect();
    println!("\n{}", summary(&outcomes));
    let failed: u32 = outcomes.iter().map(|outcome| outcome.count.failed).sum();
    // Exits here, because an error sentence after the summary would hide it.
    if failed == 0 { Ok(()) } else { std::process::exit(1) }
}

fn execute<'a>(place: &Place, step: &Step<'a>, all: bool) -> Outcome<'a> {
    println!("\n== {}: {}", step.name, step.about);
    let start = Instant::now();
    let outcome = match &step.work {
        Work::Anywhere(run) => Ok(run(place)),
        Work::InDebians(plugin, debians) => match chroot::obstacle(place, debians) {
            Some(reason) => Err(reason),
            None => Ok(in_chroots(place, plugin, debians)),
        },
    };
    let (count, sentence) = match outcome {
        Ok(Ok(count)) => (count, None),
        Ok(Err(sentence)) => (Count::one(false), Some(format!("FAILED: {sentence}"))),
        Err(reason) => not_run(&reason, all),
    };
    if let Some(sentence) = &sentence {
        println!("{sentence}");
    }
    Outcome { name: step.name, count, time: start.elapsed(), sentence }
}

/// The outcome of a step that this machine cannot run.
fn not_run(reason: &str, all: bool) -> (Count, Option<String>) {
    if all {
        (Count::one(false), Some(format!("FAILED: not run, {reason}")))
    } else {
        (Count::default(), Some(format!("NOT RUN: {reason}")))
    }
}

fn summary(outcomes: &[Outcome]) -> String {
    let mut text = format!("{:<10} {:>7} {:>7} {:>8} {:>8}\n", "step", "passed", "failed", "ignored", "seconds");
    let mut sum = Count::default();
    for Outcome { name, count, time, .. } in outcomes {
        let Count { passed, failed, ignored } = count;
        text += &format!("{name:<10} {passed:>7} {failed:>7} {ignored:>8} {:>8.1}\n", time.as_secs_f64());
        sum += *count;
    }
    for outcome in outcomes {
        if let Some(sentence) = &outcome.sentence {
            text += &format!("{}: {sentence}\n", outcome.name);
        }
    }
    text + &format!("{} passed, {} failed", sum.passed, sum.failed)
}

fn fetch(place: &Place) -> Result<Count> {
    println!("{}", place.show(&runtime::ensure(place)?));
    Ok(Count::one(true))
}

fn lay_out(place: &Place) -> Result<Count> {
    dist::run(place, &[])?;
    Ok(Count::one(true))
}

/// The Rust tests, which also compile and run the C and C++ tests. The two variables name the folder of the libraries
/// and the ONNX Runtime.
fn cargo_test(place: &Place) -> Result<Count> {
    if !dist::folder(place).is_dir() {
        return Err("it tests the output of the step dist: run `cargo xtask test dist rust`".into());
    }
    let mut cargo = shell::cargo(place, &["test", "--workspace", "--no-fail-fast"]);
    cargo.env("DEEPCROP_DIST", dist::folder(place));
    if let Ok(Some(library)) = runtime::present(place) {
        cargo.env(runtime::VARIABLE, library);
    }
    let (status, output) = shell::watch(&mut cargo, "")?;
    let mut count = Count::of_cargo_test(&output);
    // Code that does not compile and a test program that crashes leave no result line.
    if !status.success() && count.failed == 0 {
        count += Count::one(false);
    }
    Ok(count)
}

/// The time limit for the tests of a plug-in. A window that waits for the user would otherwise wait forever.
const LIMIT: Duration = Duration::from_secs(10 * 60);

/// The Python tests of a plug-in, in the real editor, in the chroots of all its Debians at the same time.
fn in_chroots(place: &Place, plugin: &Plugin, debians: &[&Debian]) -> Result<Count> {
    let zip = zip::make(place, plugin, None)?;
    // One after the other: making two at the same time would not be faster, as both wait for downloads.
    let roots: Vec<PathBuf> = debians.iter().map(|debian| chroot::ensure(place, debian)).collect::<Result<_>>()?;
    let zip = &zip;
    std::thread::scope(|scope| {
        let mut running = Vec::new();
        for (debian, root) in debians.iter().zip(&roots) {
            running.push(scope.spawn(move || in_chroot(place, plugin, zip, debian, root)));
        }
        let mut sum = Count::default();
        for thread in running {
            sum += thread
                .join()
                .unwrap_or_else(|_| Err("the thread that ran the tests panicked; the reason is above".into()))?;
        }
        Ok(sum)
    })
}

/// The tests of a plug-in in one chroot. Screenshots and the log are kept in target/PLUGIN/SUITE.
fn in_chroot(place: &Place, plugin: &Plugin, zip: &Path, debian: &Debian, root: &Path) -> Result<Count> {
    let out = place.target.join(&plugin.folder).join(&debian.suite);
    place::empty_folder(&out)?;
    let inside = format!("DEEPCROP_ZIP={}/{}", chroot::TARGET, zip.file_name().unwrap_or_default().to_string_lossy());
    let shots = format!("DEEPCROP_SHOTS={}", chroot::OUT);
    let shared = format!("PYTHONPATH={}/tests/desktop", chroot::REPOSITORY);
    let tests = format!("{}/tests/{}", chroot::REPOSITORY, plugin.folder);
    // The first failure ends them (-f). It may leave the editor as no other test expects it; then each fails, when its time
    // is over.
    let python = ["python3", "-B", "-u", "-m", "unittest", "discover", "-v", "-f", "-s", &tests];
    let python = ["env", &inside, &shots, &shared].into_iter().chain(python).collect::<Vec<_>>();
    let label = format!("{}: ", debian.suite);
    let command = chroot::enter(place, root, &out, &python);
    let (good, log) = chroot::within(LIMIT, &command, &label).map_err(|sentence| format!("{label}{sentence}"))?;
    place::write(&out.join("log.txt"), &log)?;
    let mut count = Count::of_unittest(&log);
    if !good && count.failed == 0 {
        count += Count::one(false);
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_run_counts_only_where_all_is_asked_for() {
        let (count, sentence) = not_run("there is no chroot", false);
        assert_eq!((count, sentence.as_deref()), (Count::default(), Some("NOT RUN: there is no chroot")));
        let (count, sentence) = not_run("there is no chroot", true);
        assert_eq!((count, sentence.as_deref()), (Count::one(false), Some("FAILED: not run, there is no chroot")));
    }

    #[test]
    fn the_last_line_of_the_summary_is_the_sum() {
        let outcome = |name, count, sentence: Option<&str>| Outcome {
            name,
            count,
            time: Duration::from_millis(1250),
            sentence: sentence.map(str::to_owned),
        };
        let text = summary(&[
            outcome("rust", Count { passed: 41, failed: 0, ignored: 2 }, None),
            outcome("runtime", Count::one(false), Some("FAILED: there is no network")),
        ]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[1], "rust            41       0        2      1.2");
        assert_eq!(lines[3], "runtime: FAILED: there is no network");
        assert_eq!(lines.last(), Some(&"41 passed, 1 failed"));
        assert!(!text.ends_with('\n'));
    }
}
