"""tools/misc/export_skeleton.py: a learned skeleton as MMPose's metainfo and as a KeypointGAN's skeleton."""

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpose.datasets.datasets.utils import parse_pose_metainfo

from kpgan_mm.geometry import Skeleton
from kpgan_mm.registry import MODELS
from tests.toys import ROOT, load_tool

tool = load_tool('misc/export_skeleton')


@pytest.fixture
def trained(tmp_path):
    """A narrow AutoLink with three strong edges, 0-1, 1-2 and 5-9, as configuration and checkpoint."""
    init_default_scope('mmpose')
    cfg = Config.fromfile(ROOT / 'configs' / 'autolink_puppets.py')
    cfg.model.backbone.base_channels = cfg.model.generator.base_channels = 2
    cfg.model.head.in_channels = 4
    cfg.dump(tmp_path / 'small.py')
    model = MODELS.build(cfg.model)
    with torch.no_grad():
        for (i, j), logit in {(0, 1): 3, (1, 2): 2, (5, 9): 1}.items():
            model.head.scaled_logits[i, j] = logit / model.head.logit_scale
    torch.save(dict(state_dict=model.state_dict(), meta={}), tmp_path / 'iter_9.pth')
    return [str(tmp_path / 'small.py'), str(tmp_path / 'iter_9.pth')]


def test_strong_edges(trained, tmp_path, capsys):
    out = tmp_path / 'new' / 'skeleton.py'
    tool.main([*trained, str(out)])
    assert (
        'skeleton.py: 14 keypoints, 3 links\nnot linked: keypoint_3, keypoint_4, keypoint_6' in capsys.readouterr().out
    )
    # For MMPose's data sets and visualisers.
    parsed = parse_pose_metainfo(dict(from_file=str(out)))
    assert parsed['skeleton_links'] == [(0, 1), (1, 2), (5, 9)] and parsed['num_keypoints'] == 14
    assert parsed['flip_indices'] == list(range(14)) and parsed['skeleton_link_colors'].shape == (3, 3)
    text = out.read_text()
    assert text.startswith('"""Skeleton learned by small (edges of at least 0.1 times') and str(tmp_path) not in text


def test_a_keypointgan_draws_it(trained, tmp_path, capsys):
    out = tmp_path / 'skeleton.py'
    tool.main([*trained, str(out), '--edges', 'tree'])
    assert '14 keypoints, 13 links\n' in capsys.readouterr().out
    head = MODELS.build(
        dict(type='kpgan_mm.SkeletonBottleneck', metainfo=dict(from_file=str(out)), input_size=(32, 32))
    )
    assert head.skeleton.links[:3] == ((0, 1), (1, 2), (5, 9)) and len(head.skeleton.links) == 13
    assert isinstance(head.skeleton, Skeleton)
    assert head.render(torch.rand(1, 14, 2) - 0.5).max() > 0


def test_ratio(trained, tmp_path):
    tool.main([*trained, str(tmp_path / 's.py'), '--ratio', '0.9'])
    assert parse_pose_metainfo(dict(from_file=str(tmp_path / 's.py')))['skeleton_links'] == [(0, 1)]


def test_refuses_in_one_sentence(trained, tmp_path):
    with pytest.raises(SystemExit, match='error: .* must end in .py'):
        tool.main([*trained, str(tmp_path / 'skeleton.json')])
    with pytest.raises(SystemExit, match='error: ratio must be above 0'):
        tool.main([*trained, str(tmp_path / 's.py'), '--ratio', '2'])
    with pytest.raises(SystemExit, match='error: .*none.pth'):
        tool.main([trained[0], 'none.pth', str(tmp_path / 's.py')])
