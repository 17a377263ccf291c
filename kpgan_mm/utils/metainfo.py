"""Where metainfo files are found."""

from pathlib import Path

from mmengine.config import Config

_OURS = Path(__file__).resolve().parents[1] / 'datasets' / 'metainfo'
_OUR_FOLDER = Path('kpgan_mm/datasets/metainfo')


def load_metainfo(metainfo: dict) -> dict:
    """Read a metainfo file, if one is named.

    Args:
        metainfo: A metainfo, or ``dict(from_file=...)`` as MMPose's configs have it. The file is looked for from the
            current folder; a bare name, or a path that begins with ``kpgan_mm/datasets/metainfo/``, also among those of
            this package, so that configs work from anywhere.

    Returns:
        dict: The raw metainfo (``keypoint_info``, ``skeleton_info``, ...).

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file has no ``dataset_info``.
    """
    if 'from_file' not in metainfo:
        return metainfo
    path = Path(metainfo['from_file'])
    if not path.is_file() and path.parent in (Path(), _OUR_FOLDER):
        path = _OURS / path.name
    if not path.is_file():
        known = ', '.join(sorted(file.stem for file in _OURS.glob('[!_]*.py')))
        raise FileNotFoundError(
            f'there is no metainfo file {metainfo["from_file"]}, and those of this package are {known}'
        )
    content = Config.fromfile(path)
    if 'dataset_info' not in content:
        raise ValueError(f'{path} is no metainfo file: it has no dataset_info')
    return content.dataset_info.to_dict()
