"""SLEAP's own files: projects (.slp), and the analysis files that it exports (.h5)."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from .pose_table import PoseTable, confident


def read_sleap_hdf5(file: Path, min_confidence: float) -> PoseTable:
    """Reads a project or an analysis file.

    Of a project, user labels and predictions are taken; of a frame that has both, the labels. Coordinates of projects
    older than format 1.1 begin at the corner of the first pixel, and are moved to its centre.

    Raises:
        ModuleNotFoundError: If h5py is missing.
        ValueError: If the file is no HDF5, or neither of the two.
    """
    try:
        import h5py
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            f'{file} needs h5py to be read (pip install "kpgan_mm[sleap]"), or export it from SLEAP as a CSV table'
        ) from None
    try:
        content = h5py.File(file, 'r')
    except OSError:
        raise ValueError(f'{file} is no HDF5 file, as SLEAP writes .slp and .h5') from None
    with content:
        if 'tracks' in content and 'node_names' in content:
            return _read_analysis(content, min_confidence)
        if 'metadata' in content and 'instances' in content:
            return _read_project(content, min_confidence)
        raise ValueError(
            f'{file} holds neither "tracks" and "node_names" (analysis file of SLEAP) nor "instances" (its project); '
            'of DeepLabCut give the CSV table that lies beside its .h5'
        )


def _read_analysis(content, min_confidence: float) -> PoseTable:
    names = tuple(_text(name) for name in content['node_names'][()])
    poses = _by_axes(content['tracks'], ('track', 'xy', 'node', 'frame'), ('track', 'frame', 'node', 'xy'))
    poses = poses.reshape(-1, len(names), 2)
    scores = None
    if 'point_scores' in content:
        scores = _by_axes(content['point_scores'], ('track', 'node', 'frame'), ('track', 'frame', 'node'))
        scores = scores.reshape(-1, len(names))
    seen = np.isfinite(poses).any(axis=(1, 2))
    poses = poses[seen]
    return PoseTable(
        confident(poses, None if scores is None else scores[seen], min_confidence), names, 'an analysis file of SLEAP'
    )


def _by_axes(dataset, usual: Sequence[str], wanted: Sequence[str]) -> np.ndarray:
    """An array with its axes in the wanted order; sleap-io notes the order where SLEAP always has the usual one."""
    axes = json.loads(_text(dataset.attrs['dims'])) if 'dims' in dataset.attrs else list(usual)
    return np.asarray(dataset, dtype=np.float32).transpose([axes.index(name) for name in wanted])


def _read_project(content, min_confidence: float) -> PoseTable:
    metadata = json.loads(_text(content['metadata'].attrs['json']))
    nodes = [node['name'] for node in metadata['nodes']]
    names = tuple(nodes[node['id']] for node in metadata['skeletons'][0]['nodes'])
    corner = 0.5 if float(content['metadata'].attrs.get('format_id', 1.0)) < 1.1 else 0.0
    instances = content['instances'][()]
    labelled = {int(entry['frame_id']) for entry in instances if entry['instance_type'] == 0}
    points = {0: content['points'][()], 1: content['pred_points'][()]}
    poses = []
    for entry in instances:
        kind = int(entry['instance_type'])
        if entry['skeleton'] != 0 or (kind == 1 and int(entry['frame_id']) in labelled):
            continue
        chosen = points[kind][int(entry['point_id_start']) : int(entry['point_id_end'])]
        pose = np.stack([chosen['x'], chosen['y']], axis=-1).astype(np.float32) - corner
        pose[~chosen['visible'].astype(bool)] = np.nan
        poses.append(confident(pose, chosen['score'] if kind == 1 else None, min_confidence))
    poses = np.array(poses, dtype=np.float32).reshape(len(poses), len(names), 2)
    return PoseTable(poses, names, 'a project of SLEAP')


def _text(value) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
