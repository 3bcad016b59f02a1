"""Export to ONNX, small and the same each time, and run what was exported."""

import warnings

import numpy as np
import onnx
import onnxruntime
import torch


def export(module, example, path, inputs, outputs, dynamic=None, convert=None):
    """Write module with its inputs and outputs named; opset 17."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module,
            example,
            path,
            dynamo=False,
            opset_version=17,
            input_names=inputs,
            output_names=outputs,
            dynamic_axes=dynamic,
        )
    model = onnx.load(path)
    for node in model.graph.node:
        node.ClearField("doc_string")
    model = convert(model) if convert else model
    model.producer_version = ""
    onnx.save(model, path)


def run(path, **inputs):
    """Outputs by name, as torch tensors."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options)
    arrays = {name: np.asarray(value) for name, value in inputs.items()}
    names = [output.name for output in session.get_outputs()]
    values = session.run(names, arrays)
    return {n: torch.from_numpy(v) for n, v in zip(names, values, strict=True)}


def assert_close(got, wanted, what, tolerance=2e-3):
    worst = (got.float() - wanted.float()).abs().max().item()
    scale = max(1.0, wanted.abs().max().item())
    assert worst <= tolerance * scale, f"{what} differs by {worst}"
