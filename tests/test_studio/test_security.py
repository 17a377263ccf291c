import anyio
import pytest
from starlette.testclient import TestClient

from kpgan_mm.studio.app import create_app
from kpgan_mm.studio.security import Guard
from tests.test_studio.conftest import ADDRESS, PORT, TOKEN


@pytest.fixture
def browser(studio):
    """A browser that has not been let in yet."""
    with TestClient(Guard(create_app(studio), TOKEN, '127.0.0.1', PORT), base_url=ADDRESS) as client:
        yield client


@pytest.fixture
def guest(browser):
    """One that has opened the printed address."""
    assert browser.get(f'/?token={TOKEN}').status_code == 200
    return browser


def test_the_printed_address_lets_in_and_the_cookie_stays(browser):
    assert browser.get('/').status_code == 403
    assert browser.get('/api/state').json() == {'error': 'open the address with the token that the studio has printed'}
    assert browser.get('/?token=wrong').status_code == 403
    answer = browser.get(f'/?token={TOKEN}&x=1', follow_redirects=False)
    assert answer.status_code == 303 and answer.headers['location'] == '/?x=1'
    cookie = answer.headers['set-cookie']
    assert f'kpgan_studio_{PORT}={TOKEN}' in cookie and 'HttpOnly' in cookie and 'SameSite=Strict' in cookie
    assert browser.get('/').status_code == 200
    assert browser.get('/api/state').status_code == 200


def test_files_of_the_page_need_the_token_too(browser):
    assert browser.get('/page/main.js').status_code == 403


@pytest.mark.parametrize(
    'host',
    ['evil.example:8077', 'localhost.evil.example:8077', '127.0.0.1:80', '127.0.0.1', '10.0.0.1:8077', '', 'x:y:z'],
)
def test_other_names_are_refused(guest, host):
    answer = guest.get('/api/state', headers={'host': host})
    assert answer.status_code == 421
    assert answer.json()['error'].startswith(
        ('the studio does not answer to the name', 'the studio listens on port 8077')
    )


def test_another_port_is_explained(guest):
    answer = guest.get('/api/state', headers={'host': 'localhost:9000'})
    assert answer.status_code == 421
    assert 'listens on port 8077, and was asked for on port 9000: forward the same port' in answer.json()['error']
    assert 'does not answer' in guest.get('/api/state', headers={'host': 'evil.example:9000'}).json()['error']


@pytest.mark.parametrize('host', ['localhost:8077', '127.0.0.1:8077', '[::1]:8077', 'LOCALHOST:8077', '127.0.0.2:8077'])
def test_own_names_are_known(host):
    assert Guard(None, TOKEN, '127.0.0.1', PORT).knows(host)


def test_beyond_this_machine_numbers_are_known_and_foreign_names_are_not():
    guard = Guard(None, TOKEN, '0.0.0.0', PORT)
    assert guard.knows('192.168.1.7:8077') and not guard.knows('evil.example:8077')


@pytest.mark.parametrize(
    'headers',
    [
        {'origin': 'http://evil.example'},
        {'origin': 'null'},
        {'origin': 'http://127.0.0.1:9999'},
        {'origin': f'https://127.0.0.1:{PORT}'},
        {'sec-fetch-site': 'cross-site'},
        {'sec-fetch-site': 'same-site'},
    ],
)
def test_only_the_own_page_writes(guest, headers):
    answer = guest.post('/api/draft', json={'revision': 0, 'content': {}}, headers=headers)
    assert answer.status_code == 403 and 'only the page of the studio itself' in answer.json()['error']
    assert guest.get('/api/draft').json() == {'revision': 0, 'content': None}


def test_the_own_page_may_write(guest):
    headers = {'origin': ADDRESS, 'sec-fetch-site': 'same-origin'}
    assert guest.post('/api/draft', json={'revision': 0, 'content': {}}, headers=headers).json() == {'revision': 1}


def test_a_form_of_another_page_cannot_be_json(guest):
    answer = guest.post('/api/draft', content='{"revision": 0, "content": {}}', headers={'content-type': 'text/plain'})
    assert answer.status_code == 415


def test_nothing_is_shared_with_other_origins(guest):
    answer = guest.get('/api/state', headers={'origin': 'http://evil.example'})
    assert 'access-control-allow-origin' not in answer.headers
    assert guest.options('/api/draft', headers={'origin': 'http://evil.example'}).status_code == 403


def test_the_page_may_load_its_own_files_only(guest):
    for path in ('/', '/page/main.js', '/api/state', '/api/frame?path=nothing'):
        headers = guest.get(path).headers
        assert "default-src 'none'" in headers['content-security-policy']
        assert headers['x-content-type-options'] == 'nosniff' and headers['x-frame-options'] == 'DENY'


@pytest.mark.parametrize('cookie', ['kpgan_studio_8077=no', 'kpgan_studio_8078=a-token', 'a=b;;=;"', ''])
def test_wrong_cookies(browser, cookie):
    assert browser.get('/api/state', headers={'cookie': cookie}).status_code == 403


def test_a_websocket_is_not_spoken_to():
    sent = []

    async def send(message):
        sent.append(message)

    anyio.run(Guard(None, TOKEN, '127.0.0.1', PORT), {'type': 'websocket', 'path': '/'}, None, send)
    assert sent == [{'type': 'websocket.close', 'code': 1008}]
