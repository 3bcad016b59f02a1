//! Chroots under target/ with Debian and the editors, where the plug-ins are tested in the real editors.
//!
//! Every command has its own mount namespace, and the mounts end with it even if it crashes. Outside, nothing is ever
//! mounted in a chroot, so target/ can be removed at any time.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::plugins::{self, Plugin};
use crate::{Place, Result, place, shell, usage};

/// A release of Debian with all editors that are tested in it. One chroot with several editors takes less room than
/// several.
pub struct Debian {
    /// The release's name, which is also in the name of the folder in target/.
    pub suite: String,
    /// The names of the editors, for messages.
    editors: Vec<String>,
    /// The packages for apt.
    packages: Vec<String>,
}

/// Every Debian that a plug-in names, sorted by name.
pub fn all(plugins: &[Plugin]) -> Vec<Debian> {
    let suites: BTreeSet<&String> = plugins.iter().flat_map(|plugin| &plugin.debians).collect();
    suites.into_iter().map(|suite| debian(suite, plugins)).collect()
}

fn debian(suite: &str, plugins: &[Plugin]) -> Debian {
    let here: Vec<&Plugin> = plugins.iter().filter(|plugin| plugin.debians.iter().any(|name| name == suite)).collect();
    let packages: BTreeSet<&str> = here.iter().flat_map(|plugin| &plugin.packages).map(String::as_str).collect();
    Debian {
        suite: suite.into(),
        editors: here.iter().map(|plugin| plugin.name.clone()).collect(),
        packages: packages.into_iter().chain(DESKTOP.iter().copied()).map(str::to_owned).collect(),
    }
}

/// Packages for a screen, a pointer and the rest of a desktop, to use the editors with.
const DESKTOP: &[&str] =
    &["xvfb", "xauth", "xdotool", "openbox", "x11-utils", "dbus-x11", "libglib2.0-bin", "imagemagick", "procps"];

/// Options of `unshare` for separate mounts and processes. `--kill-child` ends all processes inside when `unshare`
/// ends.
const NAMESPACES: &[&str] = &["--mount", "--pid", "--fork", "--kill-child"];

/// Options of `unshare` so that no test depends on a network, and no tests share a screen.
const ALONE: &[&str] = &["--net", "--ipc"];

/// The time limit for making a chroot, for a slow network.
const MAKING: Duration = Duration::from_secs(30 * 60);

/// The folders inside a chroot.
pub const TARGET: &str = "/target";
pub const OUT: &str = "/out";
pub const REPOSITORY: &str = "/repo";

/// `cargo xtask chroot SUITE [COMMAND...]`.
pub fn run(place: &Place, arguments: &[String]) -> Result<()> {
    let (suite, words) = arguments.split_first().ok_or_else(|| usage("chroot"))?;
    let debians = all(&plugins::all(&place.root)?);
    let Some(debian) = debians.iter().find(|debian| debian.suite == *suite) else {
        let suites: Vec<_> = debians.iter().map(|debian| debian.suite.as_str()).collect();
        return Err(format!("no plug-in is tested in `{suite}`; there are {}", suites.join(", ")));
    };
    if let Some(sentence) = obstacle(place, &[debian]) {
        return Err(sentence);
    }
    let out = place.target.join("chroot-out");
    place::make_folder(&out)?;
    let words = words.iter().map(String::as_str).collect::<Vec<_>>();
    let words = if words.is_empty() { &["bash"][..] } else { &words };
    shell::run(&mut enter(place, &ensure(place, debian)?, &out, words))
}

/// Why these chroots cannot be made or used on this machine, and what to do; `None` if they can.
pub fn obstacle(place: &Place, debians: &[&Debian]) -> Option<String> {
    if !cfg!(target_os = "linux") {
        return Some("it needs a chroot, which only Linux has".into());
    }
    let user = shell::output(Command::new("id").arg("-u"));
    if !user.is_ok_and(|user| user.stdout.trim_ascii() == b"0") {
        return Some("it needs a chroot, which only root can make: run `cargo xtask test` as root".into());
    }
    let all_made = debians.iter().all(|debian| is_made(&folder(place, debian), debian));
    if !all_made && !shell::succeeds(Command::new("mmdebstrap").arg("--version")) {
        return Some("it needs a chroot with the editor, which mmdebstrap makes: `sudo apt install mmdebstrap`".into());
    }
    if !shell::succeeds(Command::new("unshare").args(NAMESPACES).args(ALONE).arg("true")) {
        return Some(
            "it needs a chroot, and `unshare --mount --pid` is refused here: in a container, start that with \
             `--cap-add SYS_ADMIN --security-opt seccomp=unconfined`"
                .into(),
        );
    }
    None
}

/// The chroot of a Debian. Making it takes 1 to 3 minutes and up to 1.5 GB.
pub fn ensure(place: &Place, debian: &Debian) -> Result<PathBuf> {
    let folder = folder(place, debian);
    if !is_made(&folder, debian) {
        let fresh = folder.with_extension("part");
        remove(&fresh)?;
        make(&fresh, debian)?;
        remove(&folder)?;
        std::fs::rename(&fresh, &folder).map_err(|e| format!("could not rename {}: {e}", fresh.display()))?;
    }
    Ok(folder.join("root"))
}

/// A command that runs inside a chroot. The repository and target/ are read-only there; files written to `out` are
/// kept.
pub fn enter(place: &Place, root: &Path, out: &Path, words: &[&str]) -> Command {
    let mut command = Command::new("unshare");
    command.args(NAMESPACES).args(ALONE).arg("sh").arg(place.root.join("xtask/chroot.sh"));
    command.args([root, &place.root, &place.target, out]).args(words);
    command
}

/// Runs a command like `shell::watch`, with a time limit; after that, all its processes are killed. Returns whether it
/// succeeded, and its output.
pub fn within(limit: Duration, command: &Command, label: &str) -> Result<(bool, String)> {
    // Only the kill signal ends `unshare`, and everything inside ends with it.
    let mut timed = Command::new("timeout");
    timed.args(["--foreground", "--signal=KILL", &limit.as_secs().to_string()]);
    timed.arg(command.get_program()).args(command.get_args());
    let start = Instant::now();
    let (status, text) = shell::watch(&mut timed, label)?;
    if start.elapsed() < limit {
        return Ok((status.success(), text));
    }
    let lines: Vec<&str> = text.lines().collect();
    let tail = lines[lines.len().saturating_sub(LAST_LINES)..].join("\n    ");
    Err(format!("it took longer than {} s and was killed; its last lines are\n    {tail}", limit.as_secs()))
}

/// The number of lines of the log that are shown after a time-out.
const LAST_LINES: usize = 12;

fn folder(place: &Place, debian: &Debian) -> PathBuf {
    place.target.join(format!("chroot-{}", debian.suite))
}

fn make(folder: &Path, debian: &Debian) -> Result<()> {
    place::make_folder(folder)?;
    let root = folder.join("root");
    let mut command = Command::new("unshare");
    command.args(NAMESPACES).args(["--mount-proc", "mmdebstrap", "--variant=apt", "--skip=check/empty"]);
    command.arg(format!("--include={}", debian.packages.join(","))).arg(&debian.suite).arg(&root);
    let mirror = mirror();
    command.args(&mirror);
    let whence = if mirror.is_some() { "apt's archive" } else { "mmdebstrap's own archive" };
    let Debian { suite, editors, .. } = debian;
    println!(
        "Making a chroot with Debian {suite} and {}, once: 1 to 3 minutes, about 300 MB from {whence}.",
        editors.join(", ")
    );
    let (good, _) = within(MAKING, &command, "")?;
    if !good {
        return Err(format!(
            "mmdebstrap could not make a chroot with Debian {suite} from {whence}; the reason is above, usually the network or \
             apt's sources (`sudo apt update` shows whether they work)"
        ));
    }
    for name in [REPOSITORY, TARGET, OUT] {
        place::make_folder(&root.join(name.trim_start_matches('/')))?;
    }
    // D-Bus needs an ID of the machine; any 32 digits will do.
    place::write(&root.join("etc/machine-id"), "0123456789abcdef0123456789abcdef\n")?;
    place::write(&folder.join(STAMP), &debian.made_from())
}

/// This file is written last, so an unfinished chroot does not have it.
const STAMP: &str = "made-from.txt";

impl Debian {
    fn made_from(&self) -> String {
        format!("{}\n{}\n", self.suite, self.packages.join("\n"))
    }
}

fn is_made(folder: &Path, debian: &Debian) -> bool {
    std::fs::read_to_string(folder.join(STAMP)).is_ok_and(|text| text == debian.made_from())
}

/// Removes a chroot. An error if something is mounted in it, as removing would delete the mounted files too.
fn remove(folder: &Path) -> Result<()> {
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    if let Some(mount) = mounted_in(&mounts, folder) {
        return Err(format!("{mount} is mounted in the old chroot, so it is not removed: `umount {mount}` first"));
    }
    place::remove_folder(folder)
}

/// The first mount at or below `folder`. `mountinfo` is the text of /proc/self/mountinfo.
fn mounted_in<'a>(mountinfo: &'a str, folder: &Path) -> Option<&'a str> {
    let points = mountinfo.lines().filter_map(|line| line.split(' ').nth(4));
    points.into_iter().find(|point| Path::new(&point.replace(r"\040", " ")).starts_with(folder))
}

/// The archive of Debian in this machine's apt sources; `None` if there is none, as on Ubuntu.
fn mirror() -> Option<String> {
    let format = "$(LABEL)\t$(COMPONENT)\t$(REPO_URI)";
    let output = shell::output(Command::new("apt-get").args(["indextargets", "--format", format])).ok()?;
    debian_archive(&String::from_utf8_lossy(&output.stdout)).map(str::to_owned)
}

/// Debian's main archive in apt's list. Security updates and other archives have other labels.
fn debian_archive(targets: &str) -> Option<&str> {
    targets.lines().find_map(|line| line.strip_prefix("Debian\tmain\t"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_archive_is_debians_own() {
        let targets = "Debian-Security\tmain\thttp://a.example/debian-security/\nGitLab\tmain\thttps://b.example/\n\
            Debian\tcontrib\thttp://c.example/debian/\nDebian\tmain\thttp://d.example/debian/\n";
        assert_eq!(debian_archive(targets), Some("http://d.example/debian/"));
        assert_eq!(debian_archive("Ubuntu\tmain\thttp://e.example/ubuntu/\n"), None);
        assert_eq!(debian_archive(""), None);
    }

    #[test]
    fn a_debian_has_the_packages_of_all_that_is_tested_in_it() {
        let plugin = |name: &str, tests: &str| {
            let text =
                format!("name = \"{name}\"\nlicences = \"l\"\n[zip]\n\"a\" = [\"b\"]\n[test]\nabout = \"it\"\n{tests}");
            plugins::read("x", &text).unwrap()
        };
        let debians = all(&[
            plugin("One", "debians = [\"trixie\", \"bookworm\"]\npackages = [\"one\", \"gtk\"]"),
            plugin("Two", "debians = [\"trixie\"]\npackages = [\"two\", \"gtk\"]"),
        ]);
        let [bookworm, trixie] = &debians[..] else { panic!("{}", debians.len()) };
        let made_from = |own: &str| format!("{own}\n{}\n", DESKTOP.join("\n"));
        assert_eq!(bookworm.made_from(), made_from("bookworm\ngtk\none"));
        assert_eq!(trixie.made_from(), made_from("trixie\ngtk\none\ntwo"));
        assert_eq!(trixie.editors, ["One", "Two"]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_takes_too_long_is_killed_and_its_last_words_are_told() {
        let shell = |script| {
            let mut command = Command::new("sh");
            command.args(["-c", script]);
            command
        };
        let limit = Duration::from_secs(1);
        let start = Instant::now();
        let sentence = within(limit, &shell("echo a window opens; exec sleep 60"), "").unwrap_err();
        assert!(sentence.contains("longer than 1 s") && sentence.ends_with("a window opens"), "{sentence}");
        assert!(start.elapsed() < Duration::from_secs(30));
        assert_eq!(within(limit * 60, &shell("echo done"), "12: "), Ok((true, "done\n".into())));
        assert_eq!(within(limit * 60, &shell("exit 3"), ""), Ok((false, String::new())));
    }

    #[test]
    fn mounts_in_a_chroot_are_seen() {
        let mounts = "22 1 254:0 / / rw - ext4 /dev/vda rw\n\
            30 22 0:5 / /work/target/chroot2 rw - tmpfs tmpfs rw\n\
            31 22 0:5 / /work/a\\040b/chroot/root/dev rw - tmpfs tmpfs rw\n";
        assert_eq!(mounted_in(mounts, Path::new("/work/target/chroot")), None);
        assert_eq!(mounted_in(mounts, Path::new("/work/a b/chroot")), Some(r"/work/a\040b/chroot/root/dev"));
        assert_eq!(mounted_in(mounts, Path::new("/work/target/chroot2")), Some("/work/target/chroot2"));
    }
}
