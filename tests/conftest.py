"""Fixtures of all tests."""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

import kpgan_mm  # noqa: F401  (makes MMPose importable)
from tests.toys import forget_runs


@pytest.fixture(autouse=True)
def no_run_is_remembered():
    """No default scope, logger or visualiser of one test is found by the next."""
    yield
    forget_runs()


@pytest.fixture(scope='session')
def shared_data() -> Path | None:
    """Folder of real data, or None: then tests make their own of the same form."""
    folder = Path(os.environ.get('KPGAN_SHARED_DATA') or Path(__file__).resolve().parents[2] / 'shared' / 'data')
    return folder if folder.is_dir() else None


@pytest.fixture(scope='session')
def mocap_file(shared_data, tmp_path_factory) -> Path:
    """3D motion capture: the real file, or random bodies in its layout."""
    if shared_data is not None and (shared_data / 'h36m_mocap' / 'h36m_mocap.npz').is_file():
        return shared_data / 'h36m_mocap' / 'h36m_mocap.npz'
    rng = np.random.default_rng(0)
    file = tmp_path_factory.mktemp('mocap') / 'mocap.npz'
    names = np.array(['walking', 'sitting'])[np.arange(40) % 2]
    np.savez(file, joints_3d=rng.normal(0, 400, (40, 17, 3)).astype(np.float32), action=names)
    return file


@pytest.fixture(scope='session')
def mouse_table(shared_data, tmp_path_factory) -> Path:
    """Labelled mouse frames in DeepLabCut's layout: the real ones, or six made up ones."""
    if shared_data is not None and (shared_data / 'mirror_mouse' / 'CollectedData.csv').is_file():
        return shared_data / 'mirror_mouse' / 'CollectedData.csv'
    from kpgan_mm.datasets.metainfo.mouse_bottom import dataset_info

    folder = tmp_path_factory.mktemp('mouse')
    names = [info['name'] for info in dataset_info['keypoint_info'].values()]
    rows = [['scorer'] + ['me'] * 14, ['bodyparts'] + sorted(names * 2, key=names.index), ['coords'] + ['x', 'y'] * 7]
    rng = np.random.default_rng(0)
    for index in range(6):
        points = rng.uniform([0, 198], [396, 406], (7, 2)).round(2).astype(str).ravel().tolist()
        rows.append([f'frames/{index}.png', *([''] * 2 if index == 3 else points[:2]), *points[2:]])
        (folder / 'frames').mkdir(exist_ok=True)
        image = rng.integers(0, 255, (406, 396, 3), dtype=np.uint8)
        cv2.imwrite(str(folder / 'frames' / f'{index}.png'), image)
    file = folder / 'CollectedData.csv'
    file.write_text('\n'.join(','.join(row) for row in rows))
    return file
