//! Runs other programs; a failure is an error sentence.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, ExitStatus, Output, Stdio};

use crate::{Place, Result};

/// The cargo that runs xtask, in the repository.
pub fn cargo(place: &Place, arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(&place.root);
    command
}

/// Builds the libraries and the program, with cargo's output on the screen.
pub fn build_release(place: &Place) -> Result<()> {
    run(&mut cargo(place, &["build", "--release"]))
}

/// Runs a command with its output on the screen. An exit status other than 0 is an error.
pub fn run(command: &mut Command) -> Result<()> {
    println!("$ {}", shown(command));
    let status = command.status().map_err(|e| could_not_start(command, &e))?;
    check(command, status)
}

/// Runs a command without output on the screen and returns its output and exit status.
pub fn output(command: &mut Command) -> Result<Output> {
    command.stdin(Stdio::null()).output().map_err(|e| could_not_start(command, &e))
}

/// Whether a command can be started and succeeds.
pub fn succeeds(command: &mut Command) -> bool {
    output(command).is_ok_and(|output| output.status.success())
}

/// Runs a command with its output on the screen, and also returns its standard output. `label` is printed before each
/// line, to distinguish commands that run at the same time.
pub fn watch(command: &mut Command, label: &str) -> Result<(ExitStatus, String)> {
    println!("{label}$ {}", shown(command));
    let mut child = command.stdout(Stdio::piped()).spawn().map_err(|e| could_not_start(command, &e))?;
    let mut text = String::new();
    if let Some(stream) = child.stdout.take() {
        // By bytes: a test may print text that is not UTF-8.
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

/// An error if the command's exit status is not 0.
pub fn check(command: &Command, status: ExitStatus) -> Result<()> {
    if status.success() { Ok(()) } else { Err(format!("`{}` failed ({status}); the reason is above", shown(command))) }
}

fn could_not_start(command: &Command, error: &std::io::Error) -> String {
    format!("`{}` could not be started: {error}", command.get_program().to_string_lossy())
}

/// The command line for messages. Programs below the current folder keep their paths; others lose them.
fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let ours = std::env::current_dir().ok().and_then(|here| program.strip_prefix(here).ok());
    let program = ours.map(Path::as_os_str).or(program.file_stem()).unwrap_or_default();
    let words: Vec<_> = std::iter::once(program).chain(command.get_args()).map(OsStr::to_string_lossy).collect();
    words.join(" ")
}
