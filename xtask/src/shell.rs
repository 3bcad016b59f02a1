//! Runs other programs and says in a sentence how they failed.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, ExitStatus, Output, Stdio};

use crate::{Place, Result};

/// The cargo that runs us, in the repository.
pub fn cargo(place: &Place, arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(&place.root);
    command
}

/// Builds the libraries and the command line, with cargo's own progress on the screen.
pub fn build_release(place: &Place) -> Result<()> {
    run(&mut cargo(place, &["build", "--release"]))
}

/// Runs a command on this screen; not succeeding is an error.
pub fn run(command: &mut Command) -> Result<()> {
    println!("$ {}", shown(command));
    let status = command.status().map_err(|e| could_not_start(command, &e))?;
    check(command, status)
}

/// Runs a command quietly and hands back all it wrote, whether it succeeded or not.
pub fn output(command: &mut Command) -> Result<Output> {
    command.stdin(Stdio::null()).output().map_err(|e| could_not_start(command, &e))
}

/// Whether a command can be started and succeeds.
pub fn succeeds(command: &mut Command) -> bool {
    output(command).is_ok_and(|output| output.status.success())
}

/// Runs a command on this screen and hands back its standard output too. `label` stands before each line on the screen, to
/// tell commands apart that run at the same time.
pub fn watch(command: &mut Command, label: &str) -> Result<(ExitStatus, String)> {
    println!("{label}$ {}", shown(command));
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(|e| could_not_start(command, &e))?;
    let mut text = String::new();
    if let Some(stream) = child.stdout.take() {
        // By bytes: a test may print what is no UTF-8.
        for line in BufReader::new(stream).split(b'\n').map_while(std::io::Result::ok) {
            let line = String::from_utf8_lossy(&line);
            println!("{label}{line}");
            text += &line;
            text.push('\n');
        }
    }
    let status = child.wait().map_err(|e| could_not_start(command, &e))?;
    Ok((status, text))
}

/// The error of a command that ended without success.
pub fn check(command: &Command, status: ExitStatus) -> Result<()> {
    if status.success() { Ok(()) } else { Err(format!("`{}` failed ({status}); the reason is above", shown(command))) }
}

fn could_not_start(command: &Command, error: &std::io::Error) -> String {
    format!("`{}` could not be started: {error}", command.get_program().to_string_lossy())
}

/// The command line as one would type it: a program of ours with its path, any other without.
fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let ours = std::env::current_dir().ok().and_then(|here| program.strip_prefix(here).ok());
    let program = ours.map(Path::as_os_str).or(program.file_stem()).unwrap_or_default();
    let words: Vec<_> = std::iter::once(program).chain(command.get_args()).map(OsStr::to_string_lossy).collect();
    words.join(" ")
}
