"""Runs Python blocks: snippets one after the other as a reader would, configurations through MMEngine's reader."""

from collections.abc import Callable
from pathlib import Path
from unittest import mock

import numpy as np
from mmengine.config import Config
from mmengine.registry import DefaultScope
from mmengine.runner import Runner

from tests.test_docs.blocks import Block
from tests.test_docs.config_values import check_values
from tests.test_docs.workspace import untrained_model


def _model():
    from kpgan_mm.apis import init_keypoint_model

    return init_keypoint_model('configs/kpgan_puppets.py', 'work_dirs/kpgan_puppets/iter_4500.pth')


def _runner_of(cfg: Config) -> mock.Mock:
    """Checks a configuration instead of training by it."""
    check_values(cfg.to_dict())
    return mock.create_autospec(Runner, instance=True)


def _init_model(config, checkpoint):
    """Of `config.py` and `old_checkpoint.pth`, which stand for the reader's."""
    return _model()


# What snippets use and the page speaks of without defining it.
_STAND_INS: dict[str, Callable] = dict(
    model=_model,
    images=lambda: ['frame.jpg'] * 2,
    references=lambda: ['other.jpg'] * 2,
    pose=lambda: np.random.default_rng(0).uniform(10, 50, (14, 2)).astype(np.float32),
    init_model=lambda: _init_model,
    metainfo=lambda: dict(from_file='data/my_video/metainfo.py'),
    input_size=lambda: (64, 64),
    crop=lambda: [dict(type='GetBBoxCenterScale', padding=1.0), dict(type='TopdownAffine', input_size=(64, 64))],
    prior=lambda: dict(type='kpgan_mm.PuppetPosePrior', num_poses=4),
    source=lambda: dict(type='kpgan_mm.PuppetFrames', num_videos=1, num_frames=4),
)


class _Names(dict):
    """Names of a page: those that its blocks have defined, and stand-ins made when they are asked for."""

    def __missing__(self, name: str):
        if name not in _STAND_INS:
            raise KeyError(name)
        self[name] = _STAND_INS[name]()
        return self[name]


def run_page(blocks: list[Block], workspace: Path) -> None:
    """Runs the Python blocks of one page, in order and with common names.

    Args:
        blocks: Of one page.
        workspace: The working directory.

    Raises:
        AssertionError: If a block fails; the message names page and line.
    """
    names = _Names()
    for block in blocks:
        try:
            if block.file or '_base_' in block.text:
                check_config(block, workspace)
            else:
                before = dict(names)
                with mock.patch.object(Runner, 'from_cfg', _runner_of):
                    exec(compile(block.text, str(block), 'exec'), {'__name__': 'snippet'}, names)
                for name, value in names.items():
                    if name not in before or before[name] is not value:
                        check_values(value, name)
        except Exception as error:
            raise AssertionError(f'{block}: {type(error).__name__}: {error}') from error


def check_config(block: Block, workspace: Path) -> Config | dict:
    """Reads a configuration, checks all its values, and of one that is given in full builds the model.

    A file that is no configuration, such as metainfo, is run as Python.
    """
    if '_base_' not in block.text:
        names = {}
        exec(compile(block.text, str(block), 'exec'), names)
        return names
    file = workspace / (block.file or f'configs/snippet_{block.line}.py')
    file.write_text(block.text)
    cfg = Config.fromfile(file)
    with DefaultScope.overwrite_default_scope('mmpose'):
        check_values(cfg.to_dict())
        if block.file:
            untrained_model(file)
    return cfg
