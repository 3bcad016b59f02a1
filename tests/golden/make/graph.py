"""Write a module as an ONNX file, and run such files."""

import warnings

import numpy as np
import onnx
import onnxruntime
import torch

LIMIT = 300_000


def export(module, inputs, path, names, outputs, dynamic=None, metadata=None):
    """Trace, drop what tells of this machine, and compare with the module's answer.

    `names` and `outputs` name the graph's ends; `dynamic` their open axes.
    """
    module.eval()
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module,
            inputs,
            path,
            input_names=names,
            output_names=[f"output_{name}" for name in outputs],
            dynamic_axes=axes_of(dynamic or {}, outputs),
            opset_version=17,
            dynamo=False,
        )
        expected = module(*inputs)
    model = onnx.load(path)
    rename(model.graph, {f"output_{name}": name for name in outputs})
    tidy(model.graph)
    for key, value in (metadata or {}).items():
        model.metadata_props.add(key=key, value=value)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString(deterministic=True))
    assert path.stat().st_size < LIMIT, f"{path} has {path.stat().st_size} bytes"
    answers = run(path, *[tensor.numpy() for tensor in inputs])
    expected = [expected] if torch.is_tensor(expected) else expected
    for name, wanted in zip(outputs, expected, strict=True):
        np.testing.assert_allclose(answers[name], wanted, rtol=1e-3, atol=1e-3)


def axes_of(dynamic, outputs):
    return {
        f"output_{name}" if name in outputs else name: axes
        for name, axes in dynamic.items()
    }


def rename(graph, names):
    """Tracing refuses names that are numbers, which many a published file has."""
    for node in graph.node:
        for ends in (node.input, node.output):
            ends[:] = [names.get(end, end) for end in ends]
    for output in graph.output:
        output.name = names[output.name]


def tidy(graph):
    """Tracing notes the lines of Python that each node came from."""
    for node in graph.node:
        node.doc_string, node.name = "", ""
        for attribute in node.attribute:
            if attribute.HasField("g"):
                tidy(attribute.g)


def run(path, *arrays):
    """Every output by its name."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        str(path), options, providers=["CPUExecutionProvider"]
    )
    feed = {put.name: array for put, array in zip(session.get_inputs(), arrays)}
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, feed)))
