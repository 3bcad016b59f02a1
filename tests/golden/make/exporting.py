"""Export to ONNX, small and the same each time, and run what was exported."""

import warnings

import numpy as np
import onnx
import onnxruntime
import torch


def export(module, example, path, inputs, outputs, dynamic=None, convert=None):
    """Write module with its inputs and outputs named; opset 17."""
    # A wrapper is in training until told otherwise, and the exporter puts all that the
    # wrapper holds back to where it was.
    module.eval()
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
    slim(path)
    if convert:
        onnx.save(convert(onnx.load(path)), path)


def slim(path):
    """Fold constants and share equal nodes; drop names that say where from."""
    options = onnxruntime.SessionOptions()
    level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.graph_optimization_level = level
    options.optimized_model_filepath = str(path)
    options.log_severity_level = 3
    onnxruntime.InferenceSession(path.read_bytes(), options)
    model = onnx.load(path)
    graph = model.graph
    kept = {value.name for value in [*graph.input, *graph.output]}
    short = {"": ""} | {name: name for name in kept}

    def renamed(name):
        return short.setdefault(name, f"t{len(short)}")

    for constant in graph.initializer:
        constant.name = renamed(constant.name)
    for node in graph.node:
        node.name = ""
        node.ClearField("doc_string")
        node.input[:] = [renamed(name) for name in node.input]
        node.output[:] = [renamed(name) for name in node.output]
    del graph.value_info[:]
    domains = [item for item in model.opset_import if item.domain == ""]
    del model.opset_import[:]
    model.opset_import.extend(domains)
    model.producer_name, model.producer_version, graph.name = "golden", "", "golden"
    onnx.checker.check_model(model)
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
    """Equal but for rounding: 99 of 100 numbers, and the others nearly. At a few cells
    a random network makes much of rounding, which differs from processor to processor."""
    scale = max(1.0, wanted.abs().max().item())
    differences = (got.float() - wanted.float()).abs().flatten().numpy()
    for share, allowed in ((0.99, tolerance), (1.0, 5 * tolerance)):
        difference = np.quantile(differences, share)
        assert difference <= allowed * scale, f"{what} differs by {difference}"
