"""Write the tiny networks of networks/: hand-made graphs with computable answers.

Most are a single convolution of one cell that weighs the input planes, so a test
knows each mask beforehand. The broken ones are wrong in one way each.

    python tests/data/make_networks.py

Needs onnx and numpy.
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FOLDER = Path(__file__).resolve().parent / "networks"
SIDE = 32
RGB = ["red", "green", "blue"]


def manifest(inputs, output, family="click_map", **fields):
    """The text that DeepCrop reads from the metadata; colours are scaled to 0..1."""
    head = {"format": 1, "family": family, "name": "test", "version": "1"}
    head |= {"licence": "MIT OR Apache-2.0"}
    body = {"mean": [0, 0, 0], "std": [255, 255, 255], "output": output}
    head |= {key: fields.pop(key) for key in list(fields) if key in head}
    body |= {"inputs": inputs, **fields}
    return "\n".join(
        [f"{key} = {toml(value)}" for key, value in head.items()]
        + ["[click_map]"]
        + [f"{key} = {toml(value)}" for key, value in body.items()]
    )


def toml(value):
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{k} = {toml(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(toml(item) for item in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


def tensor(name, shape, kind=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def picture(planes, side=SIDE):
    return tensor("x", [1, planes, side, side])


def weights(name, values):
    return numpy_helper.from_array(np.asarray(values, np.float32), name)


def mix(source, target, rows, bias=None, **attributes):
    """A convolution of one cell: each row of weights makes one plane."""
    rows = np.asarray(rows, np.float32)[:, :, None, None]
    names = [f"{target}_weights", f"{target}_bias"]
    values = [rows, np.zeros(len(rows)) if bias is None else bias]
    node = helper.make_node("Conv", [source, *names], [target], **attributes)
    return [node], [weights(*pair) for pair in zip(names, values, strict=True)]


def save(
    name, nodes, inputs, outputs, constants=(), text=None, functions=(), **metadata
):
    graph = helper.make_graph(nodes, name, inputs, outputs, list(constants))
    opset = [helper.make_opsetid("", 17)]
    opset += [helper.make_opsetid(function.domain, 1) for function in functions]
    model = helper.make_model(
        graph, opset_imports=opset, ir_version=8, functions=list(functions)
    )
    model.producer_name = "make_networks.py"
    metadata |= {} if text is None else {"deepcrop": text}
    for key, value in metadata.items():
        model.metadata_props.add(key=key, value=value)
    if not functions:  # the checker refuses one that calls itself
        onnx.checker.check_model(model)
    data = model.SerializeToString()
    assert len(data) < 5000, f"{name} has {len(data)} bytes"
    (FOLDER / f"{name}.onnx").write_bytes(data)


def save_mix(name, rows, bias, text, outputs=None, extra=(), planes=None):
    """A network that is one convolution, and nodes that follow it."""
    nodes, constants = mix("x", "mask", rows, bias)
    outputs = outputs or [tensor("mask", [1, len(rows), SIDE, SIDE])]
    nodes += [node for node, _ in extra]
    constants += [values for _, more in extra for values in more]
    planes = planes or len(rows[0])
    save(name, nodes, [picture(planes)], outputs, constants, text)


def good_networks():
    # What is red is selected; logits, so that a half is at a red of 128.
    red = manifest({"x": [*RGB, "include_spot"]}, "logits")
    save_mix("red", [[40, 0, 0, 0]], [-20], red)
    # The red itself as probability.
    planes = {"x": RGB}
    save_mix("probability", [[1, 0, 0]], None, manifest(planes, "probability"))
    # DeepCropV2's input; a disk round the click, an eighth of the grid wide.
    planes = {"x": [*RGB, "include_distance", "exclude_distance"]}
    disk = manifest(planes, "logits", closer_look=1.0)
    save_mix("disk", [[0, 0, 0, -32, 0]], [4], disk)
    # The disk joined with the selection so far.
    planes = {"x": ["include_distance", "previous"]}
    grow = manifest(planes, "logits", closer_look=0.0)
    save_mix("grow", [[-64, 64]], [8], grow)
    several_answers()
    everything()
    # The inside of the box or lasso, but for what was clicked.
    planes = {"x": ["include_spot", "region"]}
    framed = manifest(planes, "logits", closer_look=0.0)
    save_mix("framed", [[-80, 40]], [-20], framed)
    # What is red, if nothing is clicked; nothing at all within three quarters of the grid from a click.
    planes = {"x": [*RGB, "include_distance"]}
    unasked = manifest(planes, "logits", closer_look=1.0, subject=True)
    save_mix("unasked", [[40, 0, 0, 80]], [-100], unasked)
    # All that is nearer to include clicks than to exclude clicks, and whatever was selected before.
    planes = {"x": ["include_distance", "exclude_distance", "previous"]}
    stubborn = manifest(planes, "logits", closer_look=0.0)
    save_mix("stubborn", [[-64, 64, 128]], [8], stubborn)
    two_graphs()
    open_size()
    slow()


def several_answers():
    score = helper.make_node(
        "Constant", [], ["score"], value=weights("value", [0.3, 0.9, 0.6])
    )
    text = manifest({"x": RGB}, "logits", score="score")
    outputs = [tensor("mask", [1, 3, SIDE, SIDE]), tensor("score", [3])]
    rows = 40 * np.eye(3, dtype=np.float32)
    save_mix("answers", rows, [-20] * 3, text, outputs, [(score, [])])
    # Each as sure as its colour fills the window.
    score = helper.make_node("ReduceMean", ["x"], ["score"], axes=[2, 3], keepdims=0)
    text = manifest({"x": RGB}, "logits", score="score", closer_look=1.0)
    outputs[1] = tensor("score", [1, 3])
    save_mix("shares", rows, [-20] * 3, text, outputs, [(score, [])])


def everything():
    """A disk at a first click; later everything. Surely so, or not."""
    for name, sure in ("everything", 0.9), ("everything_unsure", 0.7):
        planes = {"x": ["include_distance", "previous"]}
        text = manifest(planes, "logits", score="score", closer_look=0.0)
        disk, selected = (
            mix("x", "disk", [[-64, 0]], [8]),
            mix("x", "selected", [[0, 64]]),
        )
        nodes, constants = disk[0] + selected[0], disk[1] + selected[1]
        score = weights("value", [sure])
        nodes += [
            helper.make_node("GlobalMaxPool", ["selected"], ["most"]),
            helper.make_node("Add", ["disk", "most"], ["mask"]),
            helper.make_node("Constant", [], ["score"], value=score),
        ]
        outputs = [tensor("mask", [1, 1, SIDE, SIDE]), tensor("score", [1])]
        save(name, nodes, [picture(2)], outputs, constants, text)


def two_graphs():
    """The encoder finds red on half the grid; the decoder keeps it near the click.

    The decoder's inputs come in another order than the encoder's outputs.
    """
    nodes, constants = mix("x", "features", [[40, 0, 0]], [-20], strides=[2, 2])
    spare = helper.make_node("Neg", ["features"], ["spare"])
    half = [1, 1, SIDE // 2, SIDE // 2]
    outputs = [tensor("spare", half), tensor("features", half)]
    clicks = ["include_distance", "exclude_distance"]
    text = manifest(
        {"x": RGB, "clicks": clicks}, "logits", decoder="two_graphs_decoder.onnx"
    )
    save("two_graphs", [*nodes, spare], [picture(3)], outputs, constants, text)
    nodes, constants = mix("clicks", "near", [[-64, 0]], [16], strides=[2, 2])
    nodes.append(helper.make_node("Min", ["near", "features"], ["mask"]))
    inputs = [tensor("features", half), tensor("clicks", [1, 2, SIDE, SIDE])]
    save(
        "two_graphs_decoder",
        nodes,
        inputs,
        [tensor("mask", half)],
        constants,
    )


def open_size():
    """Any size will do for the graph; the manifest chooses 48 by 24."""
    nodes, constants = mix("x", "mask", [[0, 0, 0, -32]], [4])
    text = manifest({"x": [*RGB, "include_distance"]}, "logits", size=[48, 24])
    inputs = [tensor("x", ["batch", 4, "height", "width"])]
    outputs = [tensor("mask", ["batch", 1, "height", "width"])]
    save("open_size", nodes, inputs, outputs, constants, text)


def slow():
    """About a second's work in kernels of a few milliseconds, without large weights.

    The planes of the picture come out again as `mask`, so it serves as an encoder too.
    """
    wide, rounds = 32, 200
    shape = [wide, wide, 3, 3]
    nodes = [
        helper.make_node(
            "ConstantOfShape", ["shape"], ["kernel"], value=weights("value", [1e-3])
        ),
        helper.make_node("Tile", ["x", "repeats"], ["start"]),
        helper.make_node("Loop", ["rounds", "", "start"], ["end"], body=loop_body()),
        helper.make_node("Mul", ["end", "nought"], ["nothing"]),
        helper.make_node("ReduceMean", ["nothing"], ["none"], axes=[1]),
        helper.make_node("Add", ["x", "none"], ["mask"]),
    ]
    constants = [
        numpy_helper.from_array(np.array(shape), "shape"),
        numpy_helper.from_array(np.array([1, wide, 1, 1]), "repeats"),
        numpy_helper.from_array(np.array(rounds), "rounds"),
        weights("nought", 0),
    ]
    text = manifest({"x": ["red"]}, "probability", closer_look=0.0)
    side = 4 * SIDE
    outputs = [tensor("mask", [1, 1, side, side])]
    save("slow", nodes, [picture(1, side)], outputs, constants, text)


def loop_body():
    nodes = [
        helper.make_node("Identity", ["go"], ["still"]),
        helper.make_node("Conv", ["before", "kernel"], ["after"], pads=[1, 1, 1, 1]),
    ]
    inputs = [tensor("i", [], TensorProto.INT64), tensor("go", [], TensorProto.BOOL)]
    outputs = [tensor("still", [], TensorProto.BOOL), tensor("after", None)]
    return helper.make_graph(nodes, "round", [*inputs, tensor("before", None)], outputs)


def broken_networks():
    planes = {"x": RGB}
    rows = [[40, 0, 0]]
    text = manifest(planes, "logits")
    save_mix("wrong_channels", rows, [-20], manifest({"x": RGB[:2]}, "logits"))
    save_mix("wrong_mask_name", rows, [-20], manifest(planes, "logits", mask="masks"))
    save_mix("wrong_input_name", rows, [-20], manifest({"y": RGB}, "logits"))
    save_mix("wrong_score_name", rows, [-20], manifest(planes, "logits", score="iou"))
    save_mix("no_manifest", rows, [-20], None)
    save_mix("typo", rows, [-20], text.replace("mean", "meen"))
    save_mix("format_2", rows, [-20], text.replace("format = 1", "format = 2"))
    save_mix("family", rows, [-20], manifest(planes, "logits", family="click_maps"))
    save_mix("no_table", rows, [-20], text.split("[click_map]")[0])
    save_mix("no_scale", rows, [-20], manifest(planes, "logits", std=[255, 0, 255]))
    broken_inputs(text)
    broken_outputs(text)


def broken_inputs(text):
    square = [SIDE, SIDE]
    mask = tensor("mask", [1, 3, *square])
    node = helper.make_node("Unsqueeze", ["x", "axis"], ["mask"])
    axis = numpy_helper.from_array(np.array([0]), "axis")
    save("rank_3", [node], [tensor("x", [3, *square])], [mask], [axis], text)
    node = helper.make_node("Cast", ["x"], ["mask"], to=TensorProto.FLOAT)
    whole = tensor("x", [1, 3, *square], TensorProto.INT64)
    save("int64", [node], [whole], [mask], [], text)
    node = helper.make_node("Add", ["x", "tiredness"], ["mask"])
    inputs = [picture(3), tensor("tiredness", [1])]
    save("extra_input", [node], inputs, [mask], [], text)
    save("unknown", [node], inputs, [mask], [], None)
    nodes, constants = mix("x", "mask", [[40, 0, 0]], [-20])
    inputs = [tensor("x", [1, 3, "height", "width"])]
    outputs = [tensor("mask", [1, 1, "height", "width"])]
    save("no_size", nodes, inputs, outputs, constants, text)


def broken_outputs(text):
    nan = helper.make_node("Sqrt", ["mask"], ["roots"])
    text = manifest({"x": RGB}, "logits", mask="roots")
    shape = [1, 1, SIDE, SIDE]
    save_mix("nan", [[-1, -1, -1]], [-1], text, [tensor("roots", shape)], [(nan, [])])
    flat = helper.make_node("Squeeze", ["mask", "axes"], ["roots"])
    axes = numpy_helper.from_array(np.array([0, 1]), "axes")
    outputs = [tensor("roots", [SIDE, SIDE])]
    save_mix("rank_2", [[40, 0, 0]], [-20], text, outputs, [(flat, [axes])])
    none = helper.make_node("Slice", ["mask", "zero", "zero", "one"], ["roots"])
    zero = numpy_helper.from_array(np.array([0]), "zero")
    one = numpy_helper.from_array(np.array([1]), "one")
    outputs = [tensor("roots", [1, "answers", SIDE, SIDE])]
    save_mix("no_answer", [[40, 0, 0]], [-20], text, outputs, [(none, [zero, one])])
    whole = helper.make_node("Cast", ["mask"], ["roots"], to=TensorProto.INT64)
    outputs = [tensor("roots", shape, TensorProto.INT64)]
    save_mix("int64_mask", [[40, 0, 0]], [-20], text, outputs, [(whole, [])])
    value = weights("value", [np.nan])
    score = helper.make_node("Constant", [], ["score"], value=value)
    outputs = [tensor("mask", shape), tensor("score", [1])]
    text = manifest({"x": RGB}, "logits", score="score")
    save_mix("nan_score", [[40, 0, 0]], [-20], text, outputs, [(score, [])])
    # An encoder with an input that nobody fills.
    add = helper.make_node("Add", ["mask", "tiredness"], ["features"])
    nodes, constants = mix("x", "mask", [[40, 0, 0]], [-20])
    inputs = [picture(3), tensor("tiredness", [1])]
    text = manifest({"x": RGB}, "logits", decoder="no_manifest.onnx")
    save(
        "extra_encoder_input",
        [*nodes, add],
        inputs,
        [tensor("features", shape)],
        constants,
        text,
    )
    # An encoder that asks for a box, before anybody has drawn one.
    nodes, constants = mix("x", "features", [[40, 0, 0, 0]], [-20])
    clicks = ["include_distance", "exclude_distance"]
    planes = {"x": [*RGB, "region"], "clicks": clicks}
    text = manifest(planes, "logits", decoder="two_graphs_decoder.onnx")
    outputs = [tensor("features", shape)]
    save("early_region", nodes, [picture(4)], outputs, constants, text)


def hostile_networks():
    """ONNX Runtime does not survive them: one writes outside its output when it runs,
    the other has a function that calls itself when it loads."""
    text = manifest({"x": ["red"]}, "logits")
    half = {"kernel_shape": [2, 2], "strides": [2, 2]}
    shape = numpy_helper.from_array(np.array([1, 1, SIDE // 2, SIDE // 2]), "shape")
    nodes = [
        helper.make_node(
            "ConstantOfShape",
            ["shape"],
            ["places"],
            value=numpy_helper.from_array(np.array([1 << 40])),
        ),
        helper.make_node("MaxPool", ["x"], ["small"], **half),
        helper.make_node("MaxUnpool", ["small", "places"], ["mask"], **half),
    ]
    outputs = [tensor("mask", [1, 1, SIDE, SIDE])]
    save("writes_outside", nodes, [picture(1)], outputs, [shape], text)
    opset = [helper.make_opsetid("", 17), helper.make_opsetid("own", 1)]
    call = helper.make_node("endless", ["x"], ["mask"], domain="own")
    endless = helper.make_function("own", "endless", ["x"], ["mask"], [call], opset)
    save("calls_itself", [call], [picture(1)], outputs, [], text, [endless])


def networks_without_clicks():
    """Known by their names: one object, which is what is red in a box; one subject,
    which is what is red; red as an alpha."""
    images = tensor("images", [1, 3, SIDE, SIDE])
    red = [[20, -20, -20]]
    nodes, constants = mix("images", "output1", red, [-4])
    # Centre, size, the scores of two classes, the share of the only prototype.
    column = weights("column", np.array([12, 16, 12, 12, 0.1, 0.9, 1])[None, :, None])
    nodes.append(helper.make_node("Identity", ["column"], ["output0"]))
    outputs = [
        tensor("output0", [1, 7, 1]),
        tensor("output1", [1, 1, SIDE, SIDE]),
    ]
    names = "{0: 'other thing', 1: 'red thing'}"
    save("objects", nodes, [images], outputs, [*constants, column], names=names)
    nodes, constants = mix("images", "logits", red, [-4])
    nodes.append(helper.make_node("Sigmoid", ["logits"], ["map"]))
    save("subject", nodes, [images], [tensor("map", [1, 1, SIDE, SIDE])], constants)
    nodes, constants = mix("pixel_values", "alphas", [[0.5, 0, 0, 0]], [0.5])
    values = tensor("pixel_values", [1, 4, "height", "width"])
    alphas = tensor("alphas", [1, 1, "height", "width"])
    save("matting", nodes, [values], [alphas], constants)


PROPOSALS = """format = 1
family = "proposals"
name = "test"
version = "1"
licence = "MIT OR Apache-2.0"
[input]
name = "image"
fit = "inside"
mean = [0, 0, 0]
std = [255, 255, 255]
[proposals]
masks = "masks"
scores = "scores"
patch = 8
stride = 4
scales = [16, 32]
"""


def proposals():
    """What is red in a patch of 8 x 8 cells, as 4 x 4; sure if that is its middle.

    Other outputs are wrong in one way each. The refiner finds what is blue, cell by
    cell.
    """
    nodes, constants = mix("image", "red", [[40, 0, 0]], [-20])
    nodes += [
        helper.make_node(
            "AveragePool", ["red"], ["half"], kernel_shape=[2, 2], strides=[2, 2]
        ),
        helper.make_node("Conv", ["half", "cells"], ["masks"], strides=[2, 2]),
        helper.make_node("Conv", ["half", "ring", "b"], ["scores"], strides=[2, 2]),
        helper.make_node("Sqrt", ["masks"], ["roots"]),
        helper.make_node("Concat", ["scores", "scores"], ["pairs"], axis=1),
        helper.make_node("Concat", ["masks", "scores"], ["uneven"], axis=1),
        helper.make_node("Flatten", ["scores"], ["flat"]),
    ]
    middle = np.pad(np.ones((2, 2)), 1)
    ring = 2 / 20 * (middle / 4 - (1 - middle) / 12)
    constants += [
        weights("cells", np.eye(16).reshape(16, 1, 4, 4)),
        weights("ring", ring[None, None]),
        weights("b", [-2]),
    ]
    places = ["rows", "columns"]
    outputs = [
        tensor(name, [1, planes, *places])
        for name, planes in [
            ("masks", 16),
            ("scores", 1),
            ("roots", 16),
            ("pairs", 2),
            ("uneven", 17),
        ]
    ]
    outputs.append(tensor("flat", [1, "places"]))
    inputs = [tensor("image", [1, 3, "height", "width"])]
    save("proposals", nodes, inputs, outputs, constants, PROPOSALS)
    text = PROPOSALS + 'refiner = "proposals_refiner.onnx"\n'
    save("proposals_refined", nodes, inputs, outputs, constants, text)
    nodes, constants = mix("patch", "mask", [[0, 0, 40]], [-20])
    inputs, outputs = [tensor("patch", [1, 3, 8, 8])], [tensor("mask", [1, 1, 8, 8])]
    save("proposals_refiner", nodes, inputs, outputs, constants)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    proposals()
    networks_without_clicks()
    good_networks()
    broken_networks()
    hostile_networks()
