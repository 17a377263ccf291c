"""The site: every page has its place, nothing is fetched. `make docs` builds it; here is what can be told without."""

import re
from types import SimpleNamespace

import yaml

from tests.test_docs.hooks import load_hook
from tests.toys import ROOT

CONFIG = yaml.safe_load((ROOT / 'mkdocs.yml').read_text())


def leaves(entry) -> list[str]:
    """Pages of a navigation entry."""
    if isinstance(entry, str):
        return [entry]
    if isinstance(entry, dict):
        return [page for part in entry.values() for page in leaves(part)]
    return [page for part in entry for page in leaves(part)]


def test_the_navigation_has_every_page_once():
    pages = leaves(CONFIG['nav'])
    written = {str(page.relative_to(ROOT / 'docs')) for page in (ROOT / 'docs').rglob('*.md')}
    assert len(pages) == len(set(pages))
    assert set(pages) == written | {'readme.md'}


def test_nothing_is_fetched_from_the_network():
    assert CONFIG['theme']['font'] is False
    assert CONFIG['strict'] is True
    for key in ('extra_css', 'extra_javascript'):
        assert not [link for link in CONFIG.get(key, []) if '//' in link]


def test_the_readme_is_a_page_and_its_links_hold():
    links = load_hook('links')
    page = SimpleNamespace(file=SimpleNamespace(src_uri='datasets/cub.md'))
    assert links.on_page_markdown('[r](../../README.md#results)', page, None, None) == '[r](../readme.md#results)'
    for target in re.findall(r'\]\(((?!http|#)[^)#]+)', (ROOT / 'README.md').read_text()):
        assert (ROOT / target).exists(), f'README.md links to {target}'


def test_links_between_pages_hold():
    for page in (ROOT / 'docs').rglob('*.md'):
        for target in re.findall(r'\]\(((?!http|#)[^)#]+)', page.read_text()):
            assert (page.parent / target).exists(), f'{page.relative_to(ROOT)} links to {target}'
