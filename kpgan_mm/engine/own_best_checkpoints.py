"""The best checkpoints that a resumed run remembers, looked for in its own folder."""

import os

from mmengine import fileio
from mmengine.dist import broadcast_object_list
from mmengine.hooks import CheckpointHook
from mmengine.runner import Runner


def keep_to_own_best_checkpoints(runner: Runner) -> None:
    """Have a run that was just resumed take only files of its own folder for its best checkpoints.

    MMEngine remembers them with their whole paths, and deletes a best checkpoint when there is a better one: after the
    folder was copied, that of the original. Of the paths only the files' names are used. A best checkpoint that the
    folder lacks is forgotten with its score, so that the next validation gives the run one of its own.

    Args:
        runner: Resumed, and not yet training; changed are `best_ckpt...` and `best_score...` in its message hub.
    """
    hub, hook = runner.message_hub, next((hook for hook in runner.hooks if isinstance(hook, CheckpointHook)), None)
    remembered = {key: path for key, path in hub.runtime_info.items() if key.startswith('best_ckpt') and path}
    if hook is None or not remembered:
        return
    folder = runner.work_dir
    if hook.out_dir is not None:  # to which the hook adds the work directory's name, as soon as it trains
        folder = fileio.join_path(hook.out_dir, os.path.basename(folder), backend_args=hook.backend_args)
    own = {key: fileio.join_path(folder, os.path.basename(path)) for key, path in remembered.items()}
    found = [[key for key, path in own.items() if fileio.exists(path, backend_args=hook.backend_args)]]
    broadcast_object_list(found)  # what the first process sees: all must save alike
    for key, path in own.items():
        if key in found[0]:
            hub.update_info(key, path)
        else:
            hub.pop_info(key)
            hub.pop_info(key.replace('best_ckpt', 'best_score', 1))
