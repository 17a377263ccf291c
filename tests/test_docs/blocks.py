"""Finds the fenced blocks of README and docs/."""

import re
from dataclasses import dataclass
from pathlib import Path

from tests.toys import ROOT

_FENCE = re.compile(r'^ *(?P<fence>```+|~~~+) *(?P<language>[\w+-]*)')
_NOT_TESTED = re.compile(r'<!-- *not tested: *(?P<reason>[^>]*?) *-->\s*$')
# "`configs/my_video.py`:" at the end of the sentence before a block: the block is this file.
_FILE = re.compile(r'`(?P<file>[\w./-]+\.(?:py|ya?ml|json))`[^`]*:\s*$')


@dataclass(frozen=True)
class Block:
    """A fenced block.

    Args:
        page: Path of the Markdown file, relative to the repository.
        line: Line of its fence, from 1.
        language: What is written behind the fence.
        text: What is between the fences.
        reason: Why it is not tested, from a comment before it; None if it is.
        file: The file that the sentence before says it to be; None for a snippet.
    """

    page: str
    line: int
    language: str
    text: str
    reason: str | None = None
    file: str | None = None

    def __str__(self) -> str:
        return f'{self.page}:{self.line}'


def pages() -> list[Path]:
    """README and all pages of docs/."""
    return [ROOT / 'README.md', *sorted((ROOT / 'docs').rglob('*.md'))]


def blocks_of(text: str, page: str) -> list[Block]:
    """The fenced blocks of a page.

    Args:
        text: Markdown.
        page: Its name, for messages.

    Raises:
        ValueError: If a fence is not closed.
    """
    found, lines, number = [], text.splitlines(), 0
    while number < len(lines):
        fence = _FENCE.match(lines[number])
        if fence is None:
            number += 1
            continue
        indent = len(lines[number]) - len(lines[number].lstrip())
        end = number + 1
        while end < len(lines) and lines[end].strip() != fence['fence']:
            end += 1
        if end == len(lines):
            raise ValueError(f'{page}:{number + 1}: the fence is not closed')
        before = next((line for line in reversed(lines[:number]) if line.strip()), '')
        reason, file = _NOT_TESTED.search(before), _FILE.search(before)
        body = '\n'.join(line[indent:] for line in lines[number + 1 : end]) + '\n'
        found.append(
            Block(
                page,
                number + 1,
                fence['language'],
                body,
                reason and (reason['reason'] or None),
                file and file['file'],
            )
        )
        number = end + 1
    return found


def all_blocks() -> list[Block]:
    """Every block of every page, the README's first."""
    return [block for page in pages() for block in blocks_of(page.read_text(), str(page.relative_to(ROOT)))]
