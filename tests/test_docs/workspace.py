"""A folder in which the commands and snippets of the pages find what they name."""

import shutil
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
import torch
from mmengine.registry import DefaultScope

from tests.test_docs.blocks import Block
from tests.test_docs.shell_blocks import make_programs
from tests.toys import ROOT

# Checkpoints that snippets load, and the configuration that each is of.
_CHECKPOINTS = {
    'work_dirs/kpgan_puppets/iter_4500.pth': 'configs/kpgan_puppets.py',
    'work_dirs/my_video/iter_6000.pth': 'configs/my_video.py',
}
_PICTURES = ('frame.jpg', 'other.jpg')
# Words that stand for a file of the reader's, where a script looks whether it is there.
_FILES = ('CONFIG', 'CHECKPOINT')


def make_workspace(folder: Path, blocks: Iterable[Block]) -> Path:
    """Fills a folder with links to the repository, the files that pages give in full, and small stand-ins.

    Args:
        folder: An empty folder.
        blocks: All blocks; those that are a file are written.
    """
    make_programs(folder / 'bin')
    shutil.copytree(ROOT / 'configs', folder / 'configs')
    for name in ('tools', 'demo', 'kpgan_mm', 'docs', 'requirements', 'setup.cfg'):
        (folder / name).symlink_to(ROOT / name)
    for block in blocks:
        if block.file and not (folder / block.file).exists():
            (folder / block.file).parent.mkdir(parents=True, exist_ok=True)
            (folder / block.file).write_text(block.text)
    (folder / 'data' / 'my_video').mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / 'kpgan_mm/datasets/metainfo/puppets.py', folder / 'data/my_video/metainfo.py')
    for name in _FILES:
        (folder / name).touch()
    rng = np.random.default_rng(0)
    for name in _PICTURES:
        cv2.imwrite(str(folder / name), rng.integers(0, 256, (64, 64, 3), dtype=np.uint8))
    return folder


def make_checkpoints(folder: Path) -> None:
    """Writes untrained weights where snippets load trained ones; the working directory must be the folder."""
    for checkpoint, config in _CHECKPOINTS.items():
        (folder / checkpoint).parent.mkdir(parents=True, exist_ok=True)
        torch.save(dict(state_dict=untrained_model(folder / config).state_dict(), meta={}), folder / checkpoint)


def untrained_model(config: Path) -> torch.nn.Module:
    """The model of a configuration, as it is before training."""
    from mmpose.registry import MODELS

    from kpgan_mm.utils.config import load_config

    with DefaultScope.overwrite_default_scope('mmpose'):
        return MODELS.build(load_config(config).model)
