"""ONNX files and PyTorch programs of the exported networks, each compared with the model before it may stay."""

import json
import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from torch import nn

from kpgan_mm.utils.config import ConfigError

# In which the operators of PyTorch's exporter are written, so that no version has to be converted.
OPSET = 18
# Under which a file says what its numbers mean.
METADATA_KEY = 'kpgan_mm'

# What is compared: a picture alone, and batches of other sizes than the one that was traced.
_TRACED, _COMPARED = 2, (1, 2, 3)

Arrays = tuple[np.ndarray, ...]


class ExportMismatchError(ConfigError):
    """An exported file computes something else than the model; the message is one sentence for the user."""


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what PyTorch's exporters tell their own developers."""
    loggers = [logging.getLogger(name) for name in ('torch.onnx', 'onnxscript', 'onnx_ir')]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def trace(network: nn.Module, example: Callable[[int], Arrays]) -> torch.export.ExportedProgram:
    """The network as a program for batches of any size, without the paths and the source lines of this machine.

    Args:
        network (nn.Module): in evaluation mode, on the CPU.
        example (Callable): gives inputs for a batch of a size.
    """
    inputs = tuple(torch.from_numpy(array) for array in example(_TRACED))
    batch = torch.export.Dim('batch')
    with torch.no_grad(), _quiet():
        program = torch.export.export(network, inputs, dynamic_shapes=tuple({0: batch} for _ in inputs))
    graphs = [module.graph for module in program.graph_module.modules() if isinstance(module, torch.fx.GraphModule)]
    for node in (node for graph in graphs for node in graph.nodes):
        for key in ('stack_trace', 'source_fn_stack', 'nn_module_stack', 'torch_fn'):
            node.meta.pop(key, None)
    return program


def write_onnx(
    program: torch.export.ExportedProgram,
    path: Path,
    inputs: tuple[str, ...],
    outputs: tuple[str, ...],
    metadata: dict,
) -> None:
    """Write a program as one ONNX file, with metadata that ONNX Runtime hands out.

    Args:
        program (ExportedProgram): from :func:`trace`.
        path (Path): the file.
        inputs (tuple[str, ...]): names.
        outputs (tuple[str, ...]): names.
        metadata (dict): what can be written as JSON.
    """
    import onnx

    with _quiet():
        written = torch.onnx.export(
            program,
            dynamo=True,
            opset_version=OPSET,
            input_names=list(inputs),
            output_names=list(outputs),
            verbose=False,
        )
    model = written.model_proto
    for thing in (model.graph, *model.graph.node, *model.graph.value_info, *model.graph.input, *model.graph.output):
        del thing.metadata_props[:]
    model.metadata_props.add(key=METADATA_KEY, value=json.dumps(metadata))
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def run_onnx(path: Path, threads: int = 0) -> Callable[[Arrays], Arrays]:
    """ONNX Runtime on the CPU as a function of arrays; 0 threads leave their number to it."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(path), options, providers=['CPUExecutionProvider'])
    names = [entry.name for entry in session.get_inputs()]
    return lambda arrays: tuple(session.run(None, dict(zip(names, arrays, strict=True))))


def write_program(program: torch.export.ExportedProgram, path: Path, metadata: dict) -> None:
    """Write a program as PyTorch's own file (.pt2), with the metadata as an extra file ``kpgan_mm``."""
    with _quiet():
        torch.export.save(program, str(path), extra_files={METADATA_KEY: json.dumps(metadata)})


def run_program(path: Path) -> Callable[[Arrays], Arrays]:
    """A program from its file as a function of arrays."""
    with _quiet():
        module = torch.export.load(str(path)).module()

    @torch.no_grad()
    def run(arrays: Arrays) -> Arrays:
        outputs = module(*(torch.from_numpy(array) for array in arrays))
        return tuple(output.numpy() for output in (outputs if isinstance(outputs, (tuple, list)) else (outputs,)))

    return run


def largest_difference(
    run: Callable[[Arrays], Arrays],
    reference: Callable[[Arrays], Arrays],
    example: Callable[[int], Arrays],
    units: tuple[float, ...],
) -> float:
    """The largest difference of all outputs, over batches of several sizes.

    Args:
        run (Callable): the exported file.
        reference (Callable): the model.
        example (Callable): gives inputs for a batch of a size.
        units (tuple[float, ...]): by which the difference of each output is divided.

    Raises:
        ExportMismatchError: if the outputs differ in number or shape.
    """
    largest = 0.0
    for size in _COMPARED:
        arrays = example(size)
        ours, theirs = run(arrays), reference(arrays)
        if [array.shape for array in ours] != [array.shape for array in theirs]:
            raise ExportMismatchError(
                f'for {size} pictures the exported file gives {[array.shape for array in ours]}, and the model '
                f'{[array.shape for array in theirs]}'
            )
        for mine, other, unit in zip(ours, theirs, units, strict=True):
            difference = np.abs(mine.astype(np.float64) - other).max() / unit
            # not a number is no small difference
            largest = max(largest, difference if np.isfinite(difference) else np.inf)
    return float(largest)
