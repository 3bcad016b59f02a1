"""Run the whole recipe with very small networks and without data.

    python3 rehearse.py FOLDER DEEPCROP

DEEPCROP is the program. A very small network learns for about two minutes from scenes
that are drawn by formulas. It is exported, turned back into a checkpoint and exported
once more; from that checkpoint it is trained further, in a cooling that is interrupted
once. The library clicks with each result. Then each of the seed networks is trained for
a few steps, exported and run.

The script fails if the first network is not well above what a constant guess would get,
or if a seed network gives no answer.
"""

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import torch

from scenes import Scenes
from seed_training import NAMES

HERE = Path(__file__).parent
SIZE, SCENES, SCENE = 64, 40, 160
LEAST = 0.45
"""The least mean IoU after one click. A disc of the mean size gets about 0.3."""
COOLING = 1920
"""The presentations of the cooling."""
SEED_PRESENTATIONS, SEED_SCENES = 320, 4


def python(script: Path, *arguments) -> None:
    subprocess.run([sys.executable, script, *map(str, arguments)], check=True)


def draw_examples(folder: Path) -> None:
    """Writes scenes that training never drew, as a folder for `deepcrop eval`."""
    scenes = Scenes(None, SCENE, [99])
    for kind in ("images", "masks"):
        (folder / kind).mkdir(parents=True, exist_ok=True)
    for number in range(SCENES):
        scene = scenes.draw()
        picture, truth = scene.picture, scene.truth(scene.main)
        name = f"{number:03}.png"
        cv2.imwrite(str(folder / "images" / name), np.flip(picture, 2))
        cv2.imwrite(str(folder / "masks" / name), truth)


def measured(program: str, folder: Path, *options) -> dict:
    command = [program, "eval", folder / "examples", "--json", *options]
    command = list(map(str, command))
    told = subprocess.run(command, check=False, capture_output=True, text=True)
    if told.returncode:
        raise SystemExit(told.stderr)
    return json.loads(told.stdout)["models"][0]


def cool_in_two_sittings(run: Path, config: Path) -> Path:
    command = HERE / "train.py", run, "--config", config, "--cool", COOLING
    python(*command, "--minutes", 0.02)
    half_way, cooled = run / "cooling.pt", run / "cooled.pt"
    if cooled.exists() or not half_way.exists():
        raise SystemExit("an interrupted cooling left nothing to go on from")
    mark = 1000  # only a cooling that goes on from the file has it
    torch.save(torch.load(half_way) | {"seconds": mark}, half_way)
    python(*command)
    if half_way.exists() or torch.load(cooled)["seconds"] < mark:
        raise SystemExit("an interrupted cooling did not go on")
    return cooled


def rehearse(folder: Path, program: str) -> None:
    config = HERE / "configs" / "tiny.toml"
    python(HERE / "train.py", folder / "run", "--config", config)
    network = folder / "tiny.onnx"
    checkpoint = folder / "run" / "latest.pt"
    python(HERE / "export.py", checkpoint, SIZE, network, "--config", config)
    int8, again = folder / "tiny-int8.onnx", folder / "revived.onnx"
    python(HERE / "revive.py", int8, folder / "revived", "--config", config)
    checkpoint = folder / "revived" / "latest.pt"
    python(HERE / "export.py", checkpoint, SIZE, again, "--config", config)
    blend, mixed = folder / "blend.pt", folder / "blend.onnx"
    cooled = cool_in_two_sittings(folder / "revived", config)
    python(HERE / "blend.py", checkpoint, cooled, blend)
    python(HERE / "export.py", blend, SIZE, mixed, "--config", config)
    draw_examples(folder / "examples")
    for path in (network, int8, again, mixed):
        python(HERE.parent / "describe.py", path, HERE / "manifest.toml")
        result = measured(program, folder, "--clicks", "3", "--model", path)
        first, later = result["iou_1"][0], result["iou_3"][0]
        objects = result["objects"]
        print(
            f"{path.name}: mean IoU {first:.3f}, after 3 clicks {later:.3f} "
            f"({objects} objects)"
        )
        if first < LEAST or later < first:
            raise SystemExit(f"{path.name} has learned too little")


def rehearse_seeds(folder: Path, program: str) -> None:
    config = HERE / "configs" / "tiny.toml"
    run, out = folder / "seeds-run", folder / "seeds"
    for name in sorted(NAMES, key=lambda name: name == "sharpmask"):
        options = "--config", config, "--presentations", SEED_PRESENTATIONS
        python(HERE / "seed_training.py", name, run, *options)
    python(HERE / "seed_export.py", run, out, "--config", config)
    for name in NAMES:
        measure = ["--clicks", "1"]
        if name in ("deepmask", "sharpmask"):
            measure = ["--measure", "proposals"]
        elif name.startswith("extractnet"):
            measure = ["--measure", "subject"]
        few = ["--limit", SEED_SCENES, "--edges", "none", "--model", out / name]
        measured(program, folder, *measure, *few)
        print(f"{name}: trained, exported, answers")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    rehearse(Path(sys.argv[1]), sys.argv[2])
    rehearse_seeds(Path(sys.argv[1]), sys.argv[2])
