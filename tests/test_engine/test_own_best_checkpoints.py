"""Which best checkpoint a resumed run remembers; trainings with copied folders are in test_tools/test_train.py."""

from types import SimpleNamespace

import pytest
from mmengine.hooks import CheckpointHook, IterTimerHook
from mmengine.logging import MessageHub

from kpgan_mm.engine.own_best_checkpoints import keep_to_own_best_checkpoints

ELSEWHERE = '/elsewhere/original/best_error_iter_3.pth'


def remembered(work_dir, hooks, **info) -> dict:
    """What is left of this runtime information."""
    hub = MessageHub('own best checkpoints', runtime_info=info, resumed_keys=dict.fromkeys(info, True))
    keep_to_own_best_checkpoints(SimpleNamespace(work_dir=str(work_dir), hooks=hooks, message_hub=hub))
    return dict(hub.runtime_info)


@pytest.mark.parametrize('out_dir', [None, 'checkpoints'])
def test_a_path_leads_to_the_folder_of_the_hook(tmp_path, out_dir):
    folder = tmp_path / 'run' if out_dir is None else tmp_path / out_dir / 'run'
    folder.mkdir(parents=True)
    (folder / 'best_error_iter_3.pth').touch()
    hook = CheckpointHook(out_dir=None if out_dir is None else str(tmp_path / out_dir))
    found = remembered(tmp_path / 'run', [IterTimerHook(), hook], best_ckpt=ELSEWHERE, best_score=0.5, iter=4)
    assert found == dict(best_ckpt=str(folder / 'best_error_iter_3.pth'), best_score=0.5, iter=4)


def test_one_of_several_is_not_there(tmp_path):
    (tmp_path / 'best_b_iter_3.pth').touch()
    paths = dict(best_ckpt_a='/elsewhere/best_a_iter_3.pth', best_ckpt_b='/elsewhere/best_b_iter_3.pth')
    found = remembered(tmp_path, [CheckpointHook()], **paths, best_score_a=1.0, best_score_b=2.0)
    assert found == dict(best_ckpt_b=str(tmp_path / 'best_b_iter_3.pth'), best_score_b=2.0)


def test_where_there_is_nothing_to_do(tmp_path):
    assert remembered(tmp_path, [CheckpointHook()], best_ckpt=None, best_score=1.0) == dict(
        best_ckpt=None, best_score=1.0
    )
    assert remembered(tmp_path, [], best_ckpt=ELSEWHERE) == dict(best_ckpt=ELSEWHERE)
