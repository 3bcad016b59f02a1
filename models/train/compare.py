"""Measure models on the validation lists with `deepcrop eval`, and print tables.

    python3 compare.py DEEPCROP DATA MODEL... [--clicks N | --measure WHAT]
        [--unseen] [--out FILE]

DEEPCROP is the program. MODEL is anything that its option `--model` takes. Each model
gets a table with a row for each set: mean IoU after 1, 3 and 5 clicks, the share of
objects with an IoU of at least 70 % after one click, the boundary IoU after one click,
the mean number of clicks to 85 and 90 % (with `--clicks 20`, as published tables count
them), and the share of harmful corrections. With `--measure boxes` or `--measure
anywhere`, the rows have the figures of that measure of `deepcrop eval`.
"""

import argparse
import json
import subprocess
from pathlib import Path

import numpy as np

from evaluate import OTHERS, UNSEEN


def measure(program: str, folder: Path, what: list[str], models: list[str]):
    command = [program, "eval", str(folder), "--list", str(folder / "val.txt")]
    command += [*what, "--threads", "1", "--json"]
    for model in models:
        command += ["--model", model]
    told = subprocess.run(command, check=False, capture_output=True, text=True)
    if told.returncode:
        raise SystemExit(told.stderr)
    return json.loads(told.stdout)["models"]


def row(results: list[dict]) -> dict[str, float]:
    """The figures for several sets together, in which every object counts the same.
    Medians are left out, because the medians of sets cannot be combined."""
    objects = np.array([result["objects"] for result in results])

    def mean(values) -> float:
        return float(100 * np.average(values, weights=objects))

    if "clicks_to_85" not in results[0]:
        shares = "share_70", "worst", "best", "spread"
        told = [share for share in shares if share in results[0]]
        means = {share: mean([result[share] for result in results]) for share in told}
        iou = mean([result["iou"][0] for result in results])
        return {"objects": int(objects.sum()), "IoU": iou} | means
    corrections = sum(result["corrections"] for result in results)
    harmful = sum(result["worse"] for result in results)
    return {
        "objects": int(objects.sum()),
        "1 click": mean([result["iou_1"][0] for result in results]),
        "IoU ≥ 70, 1 click": mean([result["share_70_after_1"] for result in results]),
        "3 clicks": mean([result["iou_3"][0] for result in results]),
        "5 clicks": mean([result["iou_5"][0] for result in results]),
        "boundary IoU, 1 click": mean([result["boundary_iou_1"] for result in results]),
        "clicks to 85 %": mean([result["clicks_to_85"] for result in results]) / 100,
        "to 90 %": mean([result["clicks_to_90"] for result in results]) / 100,
        "harmful corrections": 100 * harmful / max(1, corrections),
        "ms per click": mean([result["click_ms"] for result in results]) / 100,
    }


def line(name: str, values: dict[str, float]) -> str:
    shown = [f"{v:.1f}" if isinstance(v, float) else str(v) for v in values.values()]
    return "| " + " | ".join([name, *shown]) + " |"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("program")
    parser.add_argument("data", type=Path)
    parser.add_argument("models", nargs="+")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--clicks", type=int, default=5)
    what.add_argument("--measure", choices=["boxes", "anywhere"])
    parser.add_argument("--out", type=Path, help="a JSON file for all figures")
    parser.add_argument(
        "--unseen",
        action="store_true",
        help="measure only the sets that the baseline never saw",
    )
    options = parser.parse_args()
    what = ["--clicks", str(options.clicks)]
    if options.measure:
        what = ["--measure", options.measure]
    figures = {}
    for name in UNSEEN + OTHERS * (not options.unseen):
        folder = options.data / name
        figures[name] = measure(options.program, folder, what, options.models)
        print(name, flush=True)
    if options.out:
        options.out.write_text(json.dumps(figures, indent=1))
    groups = {name: [name] for name in figures}
    groups["never seen by the baseline"] = UNSEEN
    if not options.unseen:
        groups["all lists"] = UNSEEN + OTHERS
    for number, model in enumerate(options.models):
        rows = {
            group: row([figures[name][number] for name in names])
            for group, names in groups.items()
        }
        heads = list(next(iter(rows.values())))
        print(f"\n{model}\n\n| set | " + " | ".join(heads) + " |")
        print("|---" * (len(heads) + 1) + "|")
        for group, values in rows.items():
            print(line(group, values))
