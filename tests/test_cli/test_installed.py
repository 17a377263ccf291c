"""A wheel has what the command line needs beside the package, and a project made by it stands alone."""

import os
import shutil
import subprocess
import sys

import pytest

from tests.toys import ROOT

from .conftest import poses, write_deeplabcut


@pytest.fixture(scope='module')
def installed(tmp_path_factory):
    """Folder of an installed package, made from a copy of the sources."""
    copy, target = tmp_path_factory.mktemp('sources'), tmp_path_factory.mktemp('site')
    for name in ('kpgan_mm', 'configs', 'tools'):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns('__pycache__'))
    for name in ('setup.cfg', 'setup.py', 'pyproject.toml', 'MANIFEST.in', 'README.md', 'LICENSE'):
        shutil.copyfile(ROOT / name, copy / name)
    command = [sys.executable, '-m', 'pip', 'install', '--quiet', '--no-deps', '--no-build-isolation', '--no-index']
    subprocess.run([*command, '--target', str(target), str(copy)], check=True, capture_output=True)
    return target


def test_init_works_from_a_wheel(installed, place):
    assert (installed / 'kpgan_mm' / '.mim' / 'tools' / 'train.py').is_file()
    write_deeplabcut(place / 'prior.csv', poses(5))
    arguments = ('init', 'project', '--videos', 'videos', '--skeleton', 'bird.yaml', '--prior', 'prior.csv')
    environment = {**os.environ, 'PYTHONPATH': str(installed)}
    command = [sys.executable, '-m', 'kpgan_mm.cli']
    done = subprocess.run([*command, *arguments], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    checked = subprocess.run([*command, 'check', 'project'], env=environment, capture_output=True, text=True)
    assert checked.returncode == 0 and 'fine' in checked.stdout, checked.stderr
    assert (place / 'project' / '_base_' / 'schedule.py').read_text() == (
        ROOT / 'configs/_base_/schedule.py'
    ).read_text()
