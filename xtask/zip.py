"""Zips a folder so that the same files make the same bytes.

    python3 xtask/zip.py FILE.zip FOLDER [PROGRAM...]

The order is by name, everything is from 1980, and only the programs are executable.
Folders are named too, each before what lies in it: Krita's importer looks for them.
"""

import sys
import zipfile
from pathlib import Path

MSDOS_FOLDER = 0x10  # what tells a folder there, beside the mode of Unix

zip_file, folder, *programs = sys.argv[1:]
folder = Path(folder)
files = [p.relative_to(folder) for p in folder.rglob("*") if p.is_file()]
folders = {part for file in files for part in file.parents} - {Path()}
names = sorted(
    [*(file.as_posix() for file in files), *(f"{part.as_posix()}/" for part in folders)]
)
missing = sorted(set(programs) - set(names))
if missing:
    sys.exit(f"{missing[0]} should be executable but is not in {folder}")
with zipfile.ZipFile(zip_file, "w") as archive:
    for name in names:
        entry = zipfile.ZipInfo(name)
        entry.create_system = 3  # Unix, whose modes follow
        if entry.is_dir():
            entry.external_attr = 0o40755 << 16 | MSDOS_FOLDER
            archive.writestr(entry, b"")
            continue
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = (0o100755 if name in programs else 0o100644) << 16
        archive.writestr(entry, (folder / name).read_bytes(), compresslevel=9)
