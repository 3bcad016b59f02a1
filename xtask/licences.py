"""Writes the licences of what is compiled into the library, into a folder.

    python3 xtask/licences.py FOLDER [CARGO-OPTION...]

rust-crates.txt lists the crates that are linked in. Each text is there once, under the
names of all crates that have it; a crate without a text of its own is named with its
licence alone. rust-standard-library.html is what Rust brings for its own library.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

NAMED_LIKE_A_LICENCE = re.compile(r"(?i)(licen[cs]e|copying|copyright|notice)")


def linked(tree: str, metadata: dict) -> list[dict]:
    """The packages that `cargo tree` lists, but for the library itself."""
    names = {tuple(line.split()[:2]) for line in tree.splitlines()}
    packages = [
        package
        for package in metadata["packages"]
        if package["source"] and (package["name"], f"v{package['version']}") in names
    ]
    return sorted(packages, key=lambda package: (package["name"], package["version"]))


def texts(package: dict) -> list[str]:
    """The licence texts in the package's folder, and the file that it names itself."""
    folder = Path(package["manifest_path"]).parent
    files = {f for f in folder.iterdir() if NAMED_LIKE_A_LICENCE.match(f.name)}
    if package["license_file"]:
        files.add(folder / package["license_file"])
    files = sorted(file for file in files if file.is_file())
    return [file.read_text("utf-8", "replace").strip() for file in files]


def crates(packages: list[dict]) -> str:
    """The list of the packages, and their texts."""
    whose = defaultdict(list)
    lines = []
    for package in packages:
        title = f"{package['name']} {package['version']}"
        licence = package["license"] or "see its text below"
        found = texts(package)
        lines.append(f"  {title}: {licence}{'' if found else ' (brings no text)'}")
        for text in found:
            whose[text].append(title)
    rule = "=" * 80
    for text, titles in whose.items():
        lines.append(f"\n{rule}\n{', '.join(titles)}\n{rule}\n\n{text}")
    return "\n".join(lines) + "\n"


def output(*command: str) -> str:
    """What a command prints; one that fails says why itself."""
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, encoding="utf-8")
    return done.stdout


def main() -> None:
    """Writes both files."""
    folder, options = Path(sys.argv[1]), sys.argv[2:]
    rust, *details = output("rustc", "-vV").splitlines()
    host = next(line[6:] for line in details if line.startswith("host: "))
    cargo = os.environ.get("CARGO", "cargo")
    # The tree knows what is linked in, the metadata know where the packages lie.
    ends_in_the_library = ("--edges", "normal,no-proc-macro", "--target", host)
    shown = ("--prefix", "none", "--format", "{p}")
    tree = output(cargo, "tree", "--locked", *ends_in_the_library, *shown, *options)
    metadata = output(cargo, "metadata", "--format-version", "1", "--locked", *options)
    text = (
        "The DeepCrop library holds, in compiled form, the standard library of Rust\n"
        f"({rust}; MIT OR Apache-2.0) and these crates:\n\n"
    )
    text += crates(linked(tree, json.loads(metadata)))
    (folder / "rust-crates.txt").write_text(text, "utf-8")
    notices = "share/doc/rust/COPYRIGHT-library.html"
    notices = Path(output("rustc", "--print", "sysroot").strip()) / notices
    if notices.is_file():
        shutil.copyfile(notices, folder / "rust-standard-library.html")
    else:
        print("Left out: notices of Rust's standard library, which this Rust lacks.")


main()
