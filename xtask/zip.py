"""Zips a folder so that the same files make the same bytes.

    python3 xtask/zip.py FILE.zip FOLDER [PROGRAM...]

The order is by name, every file is from 1980, and only the programs are executable.
"""

import sys
import zipfile
from pathlib import Path

zip_file, folder, *programs = sys.argv[1:]
folder = Path(folder)
names = sorted(
    p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()
)
missing = sorted(set(programs) - set(names))
if missing:
    sys.exit(f"{missing[0]} should be executable but is not in {folder}")
with zipfile.ZipFile(zip_file, "w") as archive:
    for name in names:
        entry = zipfile.ZipInfo(name)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.create_system = 3  # Unix, whose modes follow
        entry.external_attr = (0o100755 if name in programs else 0o100644) << 16
        archive.writestr(entry, (folder / name).read_bytes(), compresslevel=9)
