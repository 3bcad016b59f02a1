"""Compare variants of the recipe in short training runs.

    python3 ablate.py DATA FOLDER [--config FILE] [--presentations N] [--only ROW...]

Every row is the same short training with one setting changed. Rows that differ only in
the seed show how much of a difference is chance. FOLDER gets one run for each row. A
row without a finished run is trained on a small grid; then all rows are evaluated.
Short runs show which of two ideas is better. They do not show how good a network
becomes when it is trained for long.
"""

import argparse
import subprocess
import sys
from pathlib import Path

import torch

from evaluate import choosing, load, report

HERE = Path(__file__).parent
PHASES = "phases = [[0, 144, [64]]]"
SIZE = 96
"""The side of the grid in the evaluation: half as large again as in training."""
COOLING = 0.25
"""The share of the presentations over which the learning rate falls to zero."""

ROWS = {
    "as-it-is": "",
    "seed-2": "seed = 2",
    "seed-3": "seed = 3",
    "one-answer": "answers = 1",
    "no-looks-again": "again = 0.0",
    "scenes-once": "once_more = 0.0",
}
"""The changed setting of each row, as a line of a config file."""


def trained(name: str, folder: Path, general: str, presentations: int) -> Path:
    run = folder / name
    cooled = run / "cooled.pt"
    if not cooled.exists():
        run.mkdir(parents=True, exist_ok=True)
        cooling = int(presentations * COOLING)
        config = run / "config.toml"
        config.write_text(
            f"{general}\n{PHASES}\n{ROWS[name]}\nend = {presentations - cooling}\n"
        )
        train = [sys.executable, HERE / "train.py", run, "--config", config]
        subprocess.run(train, check=True)
        subprocess.run([*train, "--cool", str(cooling)], check=True)
    return cooled


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--config",
        type=Path,
        help="a TOML file with settings for all rows, without phases",
    )
    parser.add_argument("--presentations", type=int, default=20_000)
    parser.add_argument("--only", nargs="+", choices=ROWS, default=list(ROWS))
    options = parser.parse_args()
    general = options.config.read_text() if options.config else ""
    lines = []
    for name in options.only:
        cooled = trained(name, options.folder, general, options.presentations)
        torch.set_num_threads(1)
        facts = report(load(str(cooled)), choosing(options.data), SIZE, 5)
        figures = [f"{100 * value:.1f}" for value in facts.values()]
        lines.append(" | ".join(["", name, *figures, ""]).strip())
    print("\n" + " | ".join(["", "", *facts, ""]).strip())
    print("|---" * (len(facts) + 1) + "|")
    print("\n".join(lines))
