import socket
import sys

import pytest

import kpgan_mm.studio
from kpgan_mm.studio import server
from tests.test_studio.conftest import write_video
from tests.toys import ROOT


def test_the_address_that_is_printed():
    assert server.address('127.0.0.1', 8077, 'x') == 'http://127.0.0.1:8077/?token=x'
    assert server.address('::1', 8077, 'x') == 'http://[::1]:8077/?token=x'
    assert server.address('0.0.0.0', 80, 'x') == f'http://{socket.gethostname()}:80/?token=x'


def test_skeletons_of_a_config_without_checkpoint_and_of_files(project_folder):
    config = ROOT / 'configs' / 'kpgan_puppets.py'
    studio = server.build([], config, project_folder, ['mouse_bottom'], 'cpu', False)
    titles = [skeleton['title'] for skeleton in studio.skeletons]
    assert titles[:2] == ['puppets', 'mouse_bottom'] and len(titles) == len(set(titles)) > 5


@pytest.mark.parametrize(
    ('changes', 'message'),
    [
        (dict(project='nothing'), 'there is no project folder'),
        (dict(checkpoints=['nothing.pth']), 'there is no checkpoint'),
        (dict(config='nothing.py'), 'there is no configuration'),
        (dict(skeletons=['nothing']), 'there is no metainfo file nothing.py'),
    ],
)
def test_what_is_missing_is_named(project_folder, changes, message):
    arguments = dict(
        checkpoints=[], config=None, project=project_folder, skeletons=[], device='cpu', trust_checkpoint=False
    )
    with pytest.raises(FileNotFoundError, match=message):
        server.build(**arguments | changes)


def test_a_port_that_is_taken(project_folder):
    with socket.create_server(('127.0.0.1', 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=f'cannot listen on 127.0.0.1, port {port}'):
            kpgan_mm.studio.serve(project=project_folder, port=port)


def test_without_the_web_server(project_folder, monkeypatch):
    monkeypatch.setitem(sys.modules, 'uvicorn', None)
    with pytest.raises(ImportError, match=r'pip install kpgan_mm\[studio\]'):
        kpgan_mm.studio.serve(project=project_folder)


def test_videos_and_crop_of_a_config(project_folder, tmp_path):
    (tmp_path / 'films').mkdir()
    outside = write_video(tmp_path / 'films' / 'far.avi')
    (tmp_path / 'films' / 'notes.txt').write_text('no video')
    inside = project_folder / 'clip.avi'
    text = "metainfo = dict(from_file='mouse_bottom.py')\ncrop = (10, 5, 20, 25)\n"
    text += f"videos = ['{outside.parent}', '{inside}']\n"
    (project_folder / 'config.py').write_text(text)
    arguments = ([], project_folder / 'config.py', project_folder, [], 'cpu', False)
    studio = server.build(*arguments)
    assert studio.box == [10, 5, 30, 30] and studio.project.given == {'videos:far.avi': outside.resolve()}
    (project_folder / 'config.py').write_text(
        "metainfo = dict(from_file='mouse_bottom.py')\ncrop = [dict(type='X')] * 4\n"
    )
    studio = server.build(*arguments)
    assert studio.box is None and studio.project.given == {}
