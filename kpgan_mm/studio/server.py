"""Starts the studio."""

import secrets
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path

from .content_types import SUFFIXES

INSTALL = 'pip install kpgan_mm[studio]'


def build(
    checkpoints: Sequence[str | Path],
    config: str | Path | None,
    project: str | Path,
    skeletons: Sequence[str | Path],
    device: str,
    trust_checkpoint: bool,
):
    """Load everything that the studio shows; arguments as for :func:`kpgan_mm.studio.serve`.

    Returns:
        Studio: ready for :func:`~.app.create_app`.
    """
    from mmengine.config import Config

    from kpgan_mm.apis.export_stock import box_of

    from .app import Studio
    from .models import StudioModel
    from .project import Project
    from .skeletons import describe_skeleton, package_skeletons, read_skeleton

    folder = Project(project)
    config = None if config is None else Path(config)
    models = [StudioModel.load(Path(checkpoint), config, device, trust_checkpoint) for checkpoint in checkpoints]
    offered = [read_skeleton(file) for file in skeletons]
    if config is not None and not models:
        offered = [describe_skeleton(_metainfo_of(config)), *offered]
    settings = Config()
    if models:
        settings = models[0].model.cfg
    elif config is not None:
        settings = Config.fromfile(config)
    folder.give(videos_of(settings, folder.root))
    return Studio(folder, models, [*offered, *package_skeletons()], box=box_of(settings))


def videos_of(config: Mapping, root: Path) -> list[Path]:
    """The videos that a project's config names, in its ``videos``, and that are not in the project folder anyway."""
    named = config.get('videos') or []
    named = [named] if isinstance(named, str) else named
    if not isinstance(named, list | tuple) or not all(isinstance(name, str) for name in named):
        return []
    folders = [Path(name).resolve() for name in named]
    files = [file for path in folders for file in (sorted(path.iterdir()) if path.is_dir() else [path])]
    return [
        file
        for file in (file.resolve() for file in files)
        if file.is_file() and file.suffix.lower() in SUFFIXES and not file.is_relative_to(root)
    ]


def run(
    checkpoints: Sequence[str | Path],
    config: str | Path | None,
    project: str | Path,
    host: str,
    port: int,
    skeletons: Sequence[str | Path],
    device: str,
    trust_checkpoint: bool,
) -> None:
    """See :func:`kpgan_mm.studio.serve`."""
    try:
        import uvicorn

        from .app import create_app
        from .security import Guard
    except ImportError as error:
        raise ImportError(f'the studio needs {error.name or "its web server"}: {INSTALL}') from error

    # Before the models are loaded, which takes a while.
    try:
        listener = socket.create_server((host, port), family=socket.AF_INET6 if ':' in host else socket.AF_INET)
    except OSError as error:
        raise OSError(f'the studio cannot listen on {host}, port {port}: {error.strerror or error}') from error
    with listener:
        port = listener.getsockname()[1]
        studio = build(checkpoints, config, project, skeletons, device, trust_checkpoint)
        token = secrets.token_urlsafe(24)
        app = Guard(create_app(studio), token, host, port)
        print(f'The studio shows {studio.project.root} at\n\n  {address(host, port, token)}\n', flush=True)
        print('Stop it with Ctrl+C.', flush=True)
        server = uvicorn.Server(uvicorn.Config(app, log_level='warning', timeout_graceful_shutdown=2))
        try:
            server.run(sockets=[listener])
        except KeyboardInterrupt:
            pass
        finally:
            studio.media.decoder.close()


def address(host: str, port: int, token: str) -> str:
    """What to open in a browser."""
    name = {'0.0.0.0': socket.gethostname(), '::': socket.gethostname()}.get(host, f'[{host}]' if ':' in host else host)
    return f'http://{name}:{port}/?token={token}'


def _metainfo_of(config: Path) -> dict:
    """Parsed metainfo of the keypoints that a config trains."""
    from mmengine.config import Config
    from mmpose.datasets.datasets.utils import parse_pose_metainfo

    from kpgan_mm.utils.metainfo import load_metainfo

    if not config.is_file():
        raise FileNotFoundError(f'there is no configuration {config}')
    content = Config.fromfile(config)
    metainfo = (content.get('train_dataloader') or {}).get('dataset', {}).get('metainfo') or content.get('metainfo')
    if not metainfo:
        raise ValueError(f'{config} names no metainfo, so its skeleton is not known: give one with --skeleton')
    return parse_pose_metainfo(load_metainfo(metainfo))
