import json
import os

import pytest

from kpgan_mm.studio.errors import StudioError
from kpgan_mm.studio.runs import find_runs, read_run


def test_runs_are_found_with_their_second_stages(project, project_folder):
    (project_folder / 'work_dirs' / 'toy' / 'regressor' / 'contact_sheets').mkdir(parents=True)
    assert find_runs(project) == [dict(path='work_dirs/toy', sheets=2), dict(path='work_dirs/toy/regressor', sheets=0)]


def test_sheets_and_curves(project):
    run = read_run(project, 'work_dirs/toy')
    sheet = 'work_dirs/toy/contact_sheets/iter_{:06d}.jpg'
    assert run['sheets'] == [dict(path=sheet.format(step), iteration=step) for step in (2, 10)]
    assert set(run['curves']) == {'EPE', 'loss'}
    assert run['curves']['EPE'] == dict(x=[10], y=[3.5])
    assert run['curves']['loss'] == dict(x=list(range(1, 11)), y=[8.0 / step for step in range(1, 11)])


def test_a_resumed_run_is_one_curve_and_long_ones_are_thinned(project, project_folder):
    folder = project_folder / 'work_dirs' / 'toy' / '20260202_000000' / 'vis_data'
    folder.mkdir(parents=True)
    entries = [dict(step=step, loss=float(step)) for step in range(5, 3005)] + [
        dict(step=3005, loss=float('inf')),
        dict(step=3006, loss=10**400),
    ]
    (folder / 'scalars.json').write_text('\n'.join(map(json.dumps, entries)))
    loss = read_run(project, 'work_dirs/toy')['curves']['loss']
    assert len(loss['x']) <= 1000 and loss['x'][:2] == [1, 5] and loss['y'][:2] == [8.0, 5.0]


def test_runs_outside_are_not_read(project, project_folder, tmp_path):
    os.symlink(tmp_path, project_folder / 'work_dirs' / 'out')
    assert [run['path'] for run in find_runs(project)] == ['work_dirs/toy']
    with pytest.raises(StudioError, match='leads out'):
        read_run(project, 'work_dirs/out')
    with pytest.raises(StudioError, match='there is no folder nothing'):
        read_run(project, 'nothing')


def test_the_project_may_be_the_run(project_folder):
    from kpgan_mm.studio.project import Project

    project = Project(project_folder / 'work_dirs' / 'toy')
    assert find_runs(project) == [dict(path='.', sheets=2)]
    assert len(read_run(project, '.')['sheets']) == 2
