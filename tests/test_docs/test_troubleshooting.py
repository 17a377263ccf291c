"""The page of troubleshooting has a heading for every error message of the sources."""

import re

import pytest

from tests.test_docs.hooks import load_hook
from tests.toys import ROOT

messages = load_hook('messages')
PAGE = (ROOT / 'docs/troubleshooting.md').read_text()
ALL = messages.collect(ROOT)


def test_messages_are_found():
    texts = {one.text for one in ALL}
    assert len(texts) > 400
    assert 'There is no configuration {path}.' in texts


def test_every_message_has_a_place():
    _, left = messages.place(PAGE, ALL)
    lost = '\n'.join(f'{one.file}:{one.line}: {one.text}' for one in left)
    assert not left, f'write a heading with advice and a comment that takes these into docs/troubleshooting.md:\n{lost}'


def test_every_list_has_messages():
    placed, _ = messages.place(PAGE, ALL)
    assert [comment for comment, taken in placed.items() if not taken] == []


def test_every_list_follows_advice():
    for section in re.split(r'^#+ ', PAGE, flags=re.MULTILINE):
        if messages.COMMENT.search(section):
            heading, _, body = section.partition('\n')
            assert body.split('<!--')[0].strip(), f'"{heading}" lists messages and says nothing about them'


def test_what_a_message_is():
    source = """
def f(a, kind):
    if a:
        raise ValueError(f'{a.name!r} is not a folder: make it')
    problem = 'it is too large' if kind else f'it has {len(a)} parts'
    raise ConfigError(problem)
def g(parser):
    parser.error('--number must be positive')
    sys.exit('error: no such thing')
    raise NotImplementedError('not this one')
    raise KeyError(name)
    raise BadDataError('empty-file', 'the file ' + path + ' is empty')
"""
    assert [one.text for one in messages.messages_of(source, 'x.py')] == [
        '{name} is not a folder: make it',
        'it has {a} parts',
        'it is too large',
        '--number must be positive',
        'error: no such thing',
        'the file {…} is empty',
    ]


@pytest.mark.parametrize('file', ['kpgan_mm/new_room/x.py', 'scripts/x.py'])
def test_a_message_without_a_place_is_found(file):
    lost = messages.Message(file, 1, 'the moon is in the way')
    assert messages.place(PAGE, [lost])[1] == [lost]


def test_the_first_comment_takes_a_message_and_the_page_shows_it():
    page = 'A\n<!-- messages: a/*.py | is not -->\nB\n<!-- messages: a/*.py -->\n'
    first, second = messages.Message('a/b.py', 1, 'it is not <there>'), messages.Message('a/b.py', 2, 'it is red')
    placed, left = messages.place(page, [first, second])
    assert list(placed.values()) == [[first], [second]] and left == []
    assert '<code>it is not &lt;there&gt;</code>' in messages.listing([first, first])
    assert messages.listing([first, first]).startswith('<details><summary>1 message</summary>')
