import os

import pytest

from kpgan_mm.studio.errors import StudioError
from kpgan_mm.studio.project import Project


@pytest.mark.parametrize(
    'name',
    [
        '../secret.txt', 'pictures/../../secret.txt', '/etc/passwd', 'pictures//a.png', './a.png', '', '..', 'a\\..\\b',
        'a\0.png', 'a\n.png', 'x' * 1001, None, 7, ['a'], 'link/secret.txt', 'secret_link.txt',
    ],
)  # fmt: skip
def test_nothing_outside_is_reached(project_folder, name):
    (project_folder.parent / 'secret.txt').write_text('secret')
    os.symlink(project_folder.parent, project_folder / 'link')
    os.symlink(project_folder.parent / 'secret.txt', project_folder / 'secret_link.txt')
    project = Project(project_folder)
    with pytest.raises(StudioError) as caught:
        project.path(name)
    assert caught.value.status == 403


def test_links_that_stay_inside_are_followed(project_folder):
    os.symlink(project_folder / 'pictures' / 'a.png', project_folder / 'again.png')
    project = Project(project_folder)
    assert project.file('again.png') == project_folder / 'pictures' / 'a.png'


def test_a_loop_of_links_is_no_path(project_folder):
    os.symlink(project_folder / 'two', project_folder / 'one')
    os.symlink(project_folder / 'one', project_folder / 'two')
    with pytest.raises(StudioError):
        Project(project_folder).file('one')


def test_own_files_do_not_follow_a_link_out(project_folder):
    os.symlink(project_folder.parent, project_folder / 'studio')
    with pytest.raises(StudioError, match='leads out of the project folder'):
        Project(project_folder).own('draft.json')


def test_pictures_and_videos(project_folder, project):
    (project_folder / '.hidden').mkdir()
    (project_folder / '.hidden' / 'x.png').touch()
    (project_folder / 'notes.txt').touch()
    files, more = project.pictures_and_videos()
    assert files == ['clip.avi', 'pictures/a.png', 'pictures/b.png', 'pictures/deep/c.png'] and not more


def test_a_missing_folder_or_file(tmp_path, project):
    with pytest.raises(FileNotFoundError, match='there is no project folder'):
        Project(tmp_path / 'nothing')
    with pytest.raises(StudioError, match='there is no file nothing.png') as caught:
        project.file('nothing.png')
    assert caught.value.status == 404
