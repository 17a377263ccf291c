"""Export a trained model: files that run without this package, and files to give away."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn

from kpgan_mm.utils.checkpoint import load_from_local, trust_checkpoints
from kpgan_mm.utils.config import ConfigError, load_config
from kpgan_mm.utils.optional import require_packages

from .export_checkpoint import strip_checkpoint, write_checkpoint
from .export_comparison import Examples, predictions_of, reconstructions_of
from .export_graphs import (
    ExportMismatchError,
    largest_difference,
    run_onnx,
    run_program,
    trace,
    write_onnx,
    write_program,
)
from .export_networks import Detector, Painter
from .export_stock import describe, write_stock_config
from .inference import init_keypoint_model

FORMATS = ('onnx', 'pt2', 'slim', 'stock')

# The largest difference to the model, as a share of what an output can be: of the longer side of the input for
# keypoints, of the range of a pixel for pictures; scores are in [0, 1] anyway.
TOLERANCE = 1e-4


@dataclass
class ExportedFile:
    """One file that was written.

    Attributes:
        path (Path): the file.
        what (str): in a few words.
        difference (float, optional): the largest to the model, see :data:`TOLERANCE`; None where nothing is computed.
    """

    path: Path
    what: str
    difference: float | None = None

    def __str__(self) -> str:
        size = f'{self.path.stat().st_size / 1e6:.1f} MB'
        same = '' if self.difference is None else f', within {self.difference:.1e} of the model'
        return f'{self.path} ({self.what}, {size}{same})'


def export_model(
    config: str | Path,
    checkpoint: str | Path,
    out_dir: str | Path,
    formats: Sequence[str] = FORMATS,
    safetensors: bool = False,
    trust_checkpoint: bool = False,
    cfg_options: dict[str, Any] | None = None,
) -> list[ExportedFile]:
    """Export a model in several formats, and compare what is computed with the model itself.

    ``'onnx'``: detector and, if the model has one, generator for ONNX Runtime; ``'pt2'``: both as programs of PyTorch;
    ``'slim'``: the checkpoint without what only training needs; ``'stock'``: the same, and a configuration with which
    MMPose loads it.

    Args:
        config (str | Path): configuration of the training.
        checkpoint (str | Path): its weights.
        out_dir (str | Path): folder for the files; their names begin with :func:`export_name`.
        formats (Sequence[str]): of :data:`FORMATS`.
        safetensors (bool): write the checkpoint as safetensors.
        trust_checkpoint (bool): load a checkpoint that could run code. Only for files whose source you trust.
        cfg_options (dict[str, Any], optional): settings of the configuration to replace, such as
            ``{'model.test_cfg.flip_test': False}``.

    Returns:
        list[ExportedFile]: what was written.

    Raises:
        kpgan_mm.utils.checkpoint.CheckpointError: if the checkpoint is missing, damaged, or more than data.
        kpgan_mm.utils.config.ConfigError: for a missing configuration, an unknown format or a model that cannot be
            exported; a ValueError.
        kpgan_mm.utils.optional.MissingPackageError: if a package is missing; a ConfigError and an ImportError.
        ExportMismatchError: if a file computes something else than the model; it is not kept. A ConfigError.

    Example:
        >>> for file in export_model('configs/my_video.py', 'work_dirs/my_video/iter_6000.pth', 'exported'):
        ...     print(file)
    """
    unknown = [name for name in formats if name not in FORMATS]
    if unknown or not formats:
        raise ConfigError(f'formats must be of {", ".join(FORMATS)}, got {", ".join(unknown) or "none"}')
    if 'onnx' in formats:
        require_packages('export to ONNX', 'export', 'onnx', 'onnxscript', 'onnxruntime')
    if safetensors:
        require_packages('a safetensors file', 'export', 'safetensors')
    cfg = load_config(config, cfg_options)
    model = init_keypoint_model(cfg, checkpoint, 'cpu', trust_checkpoint)
    out = Path(out_dir)
    out.mkdir(parents=True, exist_ok=True)
    stem = out / export_name(config)
    files = []
    if {'onnx', 'pt2'} & set(formats):
        files += export_network(model, Detector(model), predictions_of(model), stem, 'detector', formats)
        if hasattr(model, 'generator'):
            files += export_network(model, Painter(model), reconstructions_of(model), stem, 'generator', formats)
    if {'slim', 'stock'} & set(formats):
        with trust_checkpoints() if trust_checkpoint else nullcontext():
            content = strip_checkpoint(load_from_local(str(checkpoint), map_location='cpu'))
        # MMPose takes the names of the keypoints from there.
        content['meta'].setdefault('dataset_meta', dict(model.dataset_meta))
        slim = write_checkpoint(content, stem.with_name(f'{stem.name}.{"safetensors" if safetensors else "pth"}'))
        files.append(ExportedFile(slim, 'weights of backbone and head'))
    if 'stock' in formats:
        path = stem.with_name(f'{stem.name}_stock.py')
        write_stock_config(model, path, slim)
        files.append(ExportedFile(path, 'configuration for MMPose alone'))
    return files


def export_name(config: str | Path) -> str:
    """How exported files begin: with the name of the configuration, or of the project if it is ``config.py``.

    All projects of ``kpgan init`` have a configuration of that name in their folder, and once trained a copy in
    ``runs/``.
    """
    path = Path(config)
    if path.name != 'config.py':
        return path.stem
    folder = path.resolve().parent
    return (folder.parent if (folder.parent / 'config.py').is_file() else folder).name


def export_network(
    model: nn.Module,
    network: Detector | Painter,
    reference: Callable,
    stem: Path,
    what: str,
    formats: Sequence[str],
) -> list[ExportedFile]:
    """Write one network as ONNX, as a program of PyTorch or both, after comparing each with the model.

    Args:
        model (nn.Module): whose network it is.
        network (Detector | Painter): what is exported.
        reference (Callable): the same computed by the model, arrays to arrays.
        stem (Path): folder and beginning of the names.
        what (str): end of the names.
        formats (Sequence[str]): ``'onnx'``, ``'pt2'``; others are not looked at.

    Raises:
        ExportMismatchError: if a file computes something else than the model; it is not kept.
    """
    example = Examples(model, network)
    program = trace(network.eval(), example)
    metadata = {'network': what, **describe(model)}
    written = []
    for kind in ('onnx', 'pt2'):
        if kind not in formats:
            continue
        path = stem.with_name(f'{stem.name}_{what}.{kind}')
        unchecked = path.with_name(f'unchecked_{path.name}')
        try:
            if kind == 'onnx':
                write_onnx(program, unchecked, network.inputs, network.outputs, metadata)
                run = run_onnx(unchecked)
            else:
                write_program(program, unchecked, metadata)
                run = run_program(unchecked)
            ranges = {'keypoints': max(network.size), 'keypoint_scores': 1, 'picture': 255}
            units = tuple(ranges[name] for name in network.outputs)
            difference = largest_difference(run, reference, example, units)
            if not difference <= TOLERANCE:
                raise ExportMismatchError(
                    f'the {what} as {kind} differs from the model by {difference:.1e}, and {TOLERANCE:.0e} is allowed '
                    "(of the input's longer side for keypoints, of the range for scores and pictures): it was not kept"
                )
            unchecked.replace(path)
        finally:
            unchecked.unlink(missing_ok=True)
        written.append(ExportedFile(path, what, difference))
    return written
