"""Train on in the background, from wherever training stands.

    python3 go_on.py DATA FOLDER

FOLDER gets the pack and the run, and is where the next call finds them; it lies outside
the checkout. If there is no run yet, it goes on from ../clean.onnx. Training takes only what nobody else wants of the processor; `kill` with the
number that is told ends it, and nothing is lost.
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
        sys.exit("training ended at once:\n" + "\n".join(told[-5:]))
    print(f"training goes on as process {leg.pid} and tells of it in {folder / 'log'}")
