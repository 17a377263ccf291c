"""The studio: one local page to look at a model, to move its keypoints, and to place poses by hand (docs/studio.md).

``server`` starts it, ``app`` has the routes, ``security`` guards them; ``project``, ``media``, ``models``,
``hand_prior`` and ``runs`` do the work; ``page/`` is what the browser gets.
"""

from collections.abc import Sequence
from pathlib import Path

__all__ = ['serve']


def serve(
    checkpoints: Sequence[str | Path] = (),
    config: str | Path | None = None,
    project: str | Path = '.',
    host: str = '127.0.0.1',
    port: int = 8077,
    skeletons: Sequence[str | Path] = (),
    device: str = 'cpu',
    trust_checkpoint: bool = False,
) -> None:
    """Show models in the browser until interrupted.

    Args:
        checkpoints (Sequence[str | Path]): weights; none for placing joints and looking at runs only.
        config (str | Path, optional): config of all of them. By default each has its own, the one ``.py`` in its
            folder, where training has put it.
        project (str | Path): folder of pictures, videos and runs, and where priors and uploads are written. The page
            reaches nothing else.
        host (str): address to listen on; anything but this machine's own lets others in, who need the printed address.
        port (int): 0 takes any free one.
        skeletons (Sequence[str | Path]): metainfo files to offer for placing joints, beside the models' and the
            package's.
        device (str): ``'cpu'``, ``'cuda:0'`` ...
        trust_checkpoint (bool): load checkpoints that could run code. Only for files whose source you trust.

    Raises:
        ImportError: if the web server is not installed (``pip install kpgan_mm[studio]``).
        FileNotFoundError: if a file or the project folder does not exist.
        ValueError: if a checkpoint does not fit its config, or its config is not to be found.
        OSError: if the port is taken.
    """
    from .server import run

    run(checkpoints, config, project, host, port, skeletons, device, trust_checkpoint)
