//! Checks for the programs that the tests need. A missing one is a failure that says how to install it; no test is
//! skipped silently.

use std::path::Path;
use std::process::Command;

use crate::count::Count;
use crate::{Place, Result, place, python, shell};

/// Checks every tool.
pub fn check(place: &Place) -> Result<Count> {
    let folder = place.target.join("tools-check");
    place::empty_folder(&folder)?;
    let mut checks = vec![
        ("cc, a C compiler", "build-essential", compiles(&folder, "cc", "c", &[])),
        ("c++, a C++ compiler", "build-essential", compiles(&folder, "c++", "cpp", &[])),
        ("Python 3 with pip", "python3-pip", python::with_pip().is_ok()),
        (
            "Python's venv",
            "python3-venv",
            python::any().is_ok_and(|mut p| shell::succeeds(p.args(["-c", "import ensurepip"]))),
        ),
    ];
    if cfg!(unix) {
        let sanitizers = compiles(&folder, "cc", "c", &["-fsanitize=address,undefined"]);
        checks.push(("cc's address and undefined behaviour sanitizers", "build-essential", sanitizers));
    }
    if cfg!(unix) {
        let pkg_config = shell::succeeds(Command::new("pkg-config").arg("--version"));
        checks.push(("pkg-config", "pkg-config", pkg_config));
    }
    if cfg!(target_os = "linux") {
        checks.push(("valgrind", "valgrind", shell::succeeds(Command::new("valgrind").arg("--version"))));
    }
    let mut count = Count::default();
    for (name, package, good) in checks {
        count += Count::one(good);
        if good {
            println!("found    {name}");
        } else {
            println!("MISSING  {name}: install it (Debian, Ubuntu: `sudo apt install {package}`)");
        }
    }
    place::remove_folder(&folder)?;
    Ok(count)
}

/// Whether a compiler can make a program. That it starts is not enough: headers and sanitizers are separate packages.
fn compiles(folder: &Path, compiler: &str, ending: &str, flags: &[&str]) -> bool {
    let source = folder.join(format!("probe.{ending}"));
    let include = if ending == "cpp" { "#include <vector>" } else { "#include <stdlib.h>" };
    place::write(&source, &format!("{include}\nint main(void) {{ return 0; }}\n")).is_ok()
        && shell::succeeds(Command::new(compiler).args(flags).arg(&source).arg("-o").arg(folder.join("probe")))
}
