"""Start the long run in the background, or go on with it.

    python3 go_on.py DATA FOLDER

FOLDER holds the pack and the run, so that the next call finds them; choose a folder
outside the checkout. If FOLDER has no run yet, training goes on from ../clean.onnx.
Training uses only the processor time that nothing else wants. The command prints the
number of the training process: `kill NUMBER` stops it, and nothing is lost.
"""

import argparse
import contextlib
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def script(name: str, *arguments) -> list[str]:
    return [sys.executable, str(HERE / name), *map(str, arguments)]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    data, folder = options.data.resolve(), options.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    run = "run", "--config", HERE / "configs" / "long.toml"
    if not (folder / "pack" / "index.json").exists():
        subprocess.run(script("data.py", data, "pack"), check=True, cwd=folder)
    if not (folder / "run" / "latest.pt").exists():
        revive = script("revive.py", HERE.parent / "clean.onnx", *run)
        subprocess.run(revive, check=True, cwd=folder)
    with open(folder / "log", "a") as log:
        leg = subprocess.Popen(
            script("train.py", *run, "--background"),
            cwd=folder,
            stdout=log,
            stderr=log,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
            start_new_session=True,
        )
    with contextlib.suppress(subprocess.TimeoutExpired):
        leg.wait(timeout=30)
        told = (folder / "log").read_text().splitlines()
        sys.exit(
            "training stopped at once; the end of its log:\n" + "\n".join(told[-5:])
        )
    print(f"training runs as process {leg.pid} and writes its log to {folder / 'log'}")
