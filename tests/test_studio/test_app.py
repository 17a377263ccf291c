import cv2
import numpy as np
import pytest
from starlette.testclient import TestClient

from kpgan_mm.studio.app import Studio, create_app
from kpgan_mm.studio.media import Media
from tests.test_studio.conftest import ADDRESS, write_video

VIEW = dict(path='pictures/a.png', frame=0, box=None)


def test_state(client, project_folder):
    state = client.get('/api/state').json()
    assert state['project'] == 'project' and [model['kind'] for model in state['models']] == ['KeypointGAN']
    assert state['skeletons'][0]['title'] == 'toy'


def test_the_page_and_all_that_it_imports(client):
    index = client.get('/')
    assert index.status_code == 200 and 'http://' not in index.text and 'https://' not in index.text
    for name in ('main.js', 'style.css', 'icon.svg', 'view.js'):
        assert client.get(f'/page/{name}').status_code == 200
    assert client.get('/page/main.js').headers['content-type'].startswith('text/javascript')


def test_files_and_frames(client, project_folder):
    assert client.get('/api/files').json()['files'][:2] == ['clip.avi', 'pictures/a.png']
    assert client.get('/api/media', params=dict(path='clip.avi')).json()['frames'] == 12
    answer = client.get('/api/frame', params=dict(path='pictures/a.png', frame=0))
    assert answer.headers['content-type'] == 'image/png'
    pixels = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_COLOR)
    np.testing.assert_array_equal(pixels, cv2.imread(str(project_folder / 'pictures' / 'a.png')))


@pytest.mark.parametrize(
    'path',
    [
        '../secret.png', '..%2Fsecret.png', '%2e%2e/secret.png', '..%252Fsecret.png', '/etc/passwd', '%2Fetc%2Fpasswd',
        'pictures/..%2f..%2fsecret.png', '..\\secret.png', 'a%00.png',
    ],
)  # fmt: skip
def test_no_path_leads_out(client, project_folder, path):
    cv2.imwrite(str(project_folder.parent / 'secret.png'), np.zeros((8, 8, 3), np.uint8))
    for route in ('frame', 'media', 'sheet', 'run'):
        assert client.get(f'/api/{route}?path={path}').status_code in (403, 404)
    view = dict(path=path, frame=0, box=None)
    assert client.post('/api/read', json=dict(model=0, view=view)).status_code in (403, 404)


@pytest.mark.parametrize(
    'path', ['/page/../app.py', '/page/%2e%2e/app.py', '/page/..%2fapp.py', '/page/', '/etc/passwd']
)
def test_only_the_page_is_served(client, path):
    assert client.get(path).status_code == 404


def test_upload(client, project_folder):
    content = (project_folder / 'pictures' / 'b.png').read_bytes()
    answer = client.post('/api/upload', content=content, headers={'x-file-name': 'my%20b.png'}).json()
    assert answer['path'].startswith('studio/uploads/my_b-') and (answer['width'], answer['height']) == (48, 32)
    bad = client.post('/api/upload', content=b'#!/bin/sh\n' * 10, headers={'x-file-name': 'b.png'})
    assert bad.status_code == 415 and bad.json()['error'].startswith('b.png is no picture')


def test_a_damaged_upload_is_not_kept(client, project_folder):
    content = (project_folder / 'pictures' / 'b.png').read_bytes()[:40]
    answer = client.post('/api/upload', content=content, headers={'x-file-name': 'b.png'})
    assert answer.status_code == 422 and 'damaged' in answer.json()['error']
    assert not list((project_folder / 'studio' / 'uploads').iterdir())


def test_read_and_paint(client):
    read = client.post('/api/read', json=dict(model=0, view=VIEW)).json()
    assert len(read['keypoints']) == 4 and read['pictures']['reconstruction'].startswith('data:image/png;base64,')
    request = dict(model=0, view=VIEW, keypoints=read['keypoints'], appearance=dict(VIEW, path='clip.avi', frame=3))
    painted = client.post('/api/paint', json=request).json()
    assert set(painted['pictures']) == {'reconstruction', 'clean_skeleton'}


@pytest.mark.parametrize(
    ('change', 'status', 'message'),
    [
        (dict(model=3), 404, 'there is no model 3'),
        (dict(model=-1), 400, 'expected a whole number'),
        (dict(model='x'), 400, 'expected a whole number'),
        (dict(model=True), 400, 'expected a whole number'),
        (dict(view=None), 400, 'a view must be an object'),
        (dict(view=dict(VIEW, frame=5)), 404, 'has no frame 5'),
        (dict(view=dict(VIEW, path='clip.avi', frame=99)), 422, 'frame 99 cannot be decoded'),
        (dict(view=dict(VIEW, path='nothing.png')), 404, 'there is no file nothing.png'),
        (dict(view=dict(VIEW, box=[0, 0, 0, 9])), 400, 'box must be'),
        (dict(view=dict(VIEW, box=[0, 0, 0.5, 9])), 400, 'smaller than a pixel'),
        (dict(view=dict(VIEW, box=[0, 0, 1e6, 9])), 400, 'far outside'),
        (dict(view=dict(VIEW, box='all')), 400, 'box must be'),
        (dict(appearance=7), 400, 'a view must be an object'),
    ],
)
def test_requests_that_make_no_sense(client, change, status, message):
    answer = client.post('/api/read', json=dict(model=0, view=VIEW) | change)
    assert answer.status_code == status and message in answer.json()['error']


@pytest.mark.parametrize('content', ['', 'x', '[]', '{"model": NaN}', '[' * 100_000, '{"a": Infinity}'])
def test_what_is_no_json_object(client, content):
    answer = client.post('/api/paint', content=content, headers={'content-type': 'application/json'})
    assert answer.status_code == 400 and answer.json()['error'] == 'the request is no JSON object'


def test_large_requests_are_refused(client):
    answer = client.post('/api/draft', content=b' ' * (9 * 2**20), headers={'content-type': 'application/json'})
    assert answer.status_code == 413


def test_priors_and_drafts(client, project_folder):
    points = [[1, 2], [3, 4], [5, 6], [7, 8]]
    request = dict(path='priors/p.npz', names=list('abcd'), input_size=[32, 32], padding=1)
    poses = [dict(frame='f', box=[0, 0, 48, 32], points=points)]
    assert client.post('/api/prior', json=request | dict(poses=poses)).json()['saved'] == 1
    assert client.post('/api/prior', json=request | dict(poses=poses)).status_code == 409
    assert client.post('/api/draft', json=dict(revision=0, content=dict(x=1))).json() == dict(revision=1)
    assert client.get('/api/draft').json() == dict(revision=1, content=dict(x=1))
    assert client.post('/api/draft', json=dict(revision=1, content=[])).status_code == 400


def test_runs(client):
    assert client.get('/api/runs').json() == dict(runs=[dict(path='work_dirs/toy', sheets=2)])
    sheet = client.get('/api/run', params=dict(path='work_dirs/toy')).json()['sheets'][1]['path']
    assert client.get('/api/sheet', params=dict(path=sheet)).headers['content-type'] == 'image/png'


def test_a_failure_of_the_studio_itself_is_one_sentence(client, studio, monkeypatch, capsys):
    monkeypatch.setattr(studio.media, 'frame', lambda *_: 1 / 0)
    answer = client.get('/api/frame', params=dict(path='pictures/a.png', frame=0))
    assert answer.status_code == 500 and answer.json()['error'].startswith('the studio itself failed')
    assert 'ZeroDivisionError' in capsys.readouterr().err


def test_coordinates_of_hundreds_of_digits(client):
    huge = 10**400
    keypoints = [[huge, 0], [0, 0], [0, 0], [0, 0]]
    answer = client.post('/api/paint', json=dict(model=0, view=VIEW, keypoints=keypoints))
    assert answer.status_code == 400 and 'pairs of finite numbers' in answer.json()['error']
    request = dict(path='priors/p.npz', names=list('abcd'), input_size=[32, 32], padding=1)
    for change, message in ((dict(points=keypoints), 'pairs of numbers'), (dict(box=[0, 0, huge, 9]), 'needs a box')):
        pose = dict(frame='f', box=[0, 0, 9, 9], points=[[0, 0]] * 4) | change
        answer = client.post('/api/prior', json=dict(request, poses=[pose]))
        assert answer.status_code == 400 and message in answer.json()['error']
    answer = client.post('/api/read', json=dict(model=0, view=dict(VIEW, box=[0, 0, huge, 9])))
    assert answer.status_code == 400 and 'far outside' in answer.json()['error']


def test_videos_and_box_of_the_project(project, decoder, tmp_path):
    outside = [write_video(tmp_path / name, size=size) for name, size in (('a.avi', (48, 32)), ('b.avi', (64, 64)))]
    (tmp_path / 'deep').mkdir()
    outside.append(write_video(tmp_path / 'deep' / 'a.avi', 2))
    write_video(project.root / 'large.avi', 2, (80, 80))
    project.give(outside)
    studio = Studio(project, media=Media(project, decoder=decoder), box=(10, 5, 40, 30))
    with TestClient(create_app(studio), base_url=ADDRESS) as client:
        names = ['videos:a.avi', 'videos:b.avi', 'videos:2/a.avi']
        assert client.get('/api/files').json()['files'][:4] == [*names, 'clip.avi']
        described = [client.get('/api/media', params=dict(path=name)).json() for name in names]
        assert [one['frames'] for one in described] == [12, 12, 2]
        assert [one['box'] for one in described] == [[10, 5, 40, 30]] * 3
        for path, box in (('clip.avi', [10, 5, 40, 30]), ('pictures/a.png', [10, 5, 40, 30]), ('large.avi', None)):
            assert client.get('/api/media', params=dict(path=path)).json()['box'] == box
        assert client.get('/api/frame', params=dict(path=names[2], frame=1)).status_code == 200
        for path in ('videos:c.avi', 'videos:../a.avi', str(outside[0]), '../a.avi'):
            assert client.get('/api/media', params=dict(path=path)).status_code in (403, 404)


def test_a_box_that_leaves_the_picture_is_not_offered(project, decoder):
    studio = Studio(project, media=Media(project, decoder=decoder), box=(10, 5, 49, 30))
    assert studio.describe(dict(path='clip.avi'))['box'] is None
