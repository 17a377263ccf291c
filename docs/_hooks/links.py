"""Hook of MkDocs: the README is a page of the site too, though it lies above the pages' folder."""

import re
from pathlib import Path

from mkdocs.structure.files import File

README = 'readme.md'
# The README's links to pages, and the pages' links to the README: both are right in a checkout.
_TO_PAGE = re.compile(r'\]\(docs/')
_TO_README = re.compile(r'\]\((?:\.\./)+README\.md(#[^)]*)?\)')
# Files that are no pages; their names stay, as text.
_TO_FILE = re.compile(r'\[([^]]*)\]\((?:LICENSE|(?:\.\./)+[^)]*\.(?:py|sh|cfg|txt))\)')


def on_files(files, config):
    """Adds the README to the pages."""
    text = (Path(config.config_file_path).parent / 'README.md').read_text(encoding='utf-8')
    text = _TO_FILE.sub(r'\1', _TO_PAGE.sub('](', text))
    files.append(File.generated(config, README, content=text))
    return files


def on_page_markdown(markdown, page, config, files):
    """Turns links to the README into links to its page, and drops those to files that are no pages."""
    up = '../' * page.file.src_uri.count('/')
    markdown = _TO_FILE.sub(r'\1', markdown)
    return _TO_README.sub(lambda match: f']({up}{README}{match[1] or ""})', markdown)
