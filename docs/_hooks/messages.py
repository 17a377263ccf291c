"""Hook of MkDocs: lists the error messages of the sources on the page that explains them.

The page has comments such as ``<!-- messages: kpgan_mm/utils/*.py | is not there -->``: files, and after a bar a
regular expression. The comment is replaced by the messages of those files that it finds and that no comment before it
has taken. So the page cannot fall behind the code; a test asks that every message finds its place.
"""

import ast
import fnmatch
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PAGE = 'troubleshooting.md'
# Where sentences for users come from.
SOURCES = ('kpgan_mm/**/*.py', 'tools/**/*.py', 'demo/*.py')
COMMENT = re.compile(r'<!-- messages: *(?P<files>[^|>]+?) *(?:\| *(?P<pattern>.+?) *)?-->')
# Raised to steer programs, not to be read.
_SILENT = {'NotImplementedError', 'StopIteration', 'SystemExit', 'Exit', 'AssertionError', 'KeyboardInterrupt'}
_WORD = re.compile(r'[A-Za-z]{2,}')


@dataclass(frozen=True)
class Message:
    """A sentence that the code can end with.

    Args:
        file: Source, relative to the repository.
        line: Where it is raised.
        text: The sentence; what is filled in later is ``{name}``.
    """

    file: str
    line: int
    text: str


def messages_of(source: str, file: str) -> list[Message]:
    """All messages of a source: of `raise`, `sys.exit`, `parser.error`, and of helpers that make such errors."""
    found = []
    tree = ast.parse(source)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call)) and not _exits(node):
            continue
        call = node.exc if isinstance(node, ast.Raise) else node
        if _name(call.func) in _SILENT and isinstance(node, ast.Raise):
            continue
        inside = [one for one in functions if one.lineno <= node.lineno <= one.end_lineno]
        texts = {text for argument in call.args for text in _texts(argument, inside[-1] if inside else tree)}
        found += [Message(file, node.lineno, text) for text in sorted(texts) if _is_sentence(text)]
    return sorted(found, key=lambda one: one.line)


def _exits(node: ast.AST) -> bool:
    """Whether this is a call of sys.exit or of a parser's error."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and (node.func.attr == 'error' and _name(node.func.value) == 'parser')
        or isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and (node.func.attr == 'exit' and _name(node.func.value) == 'sys')
    )


def _name(node: ast.AST) -> str:
    """The last name of an expression."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ''


def _is_sentence(text: str) -> bool:
    """Whether there are words of its own in it: neither a key, nor only what is filled in."""
    return ' ' in text and len(_WORD.findall(re.sub(r'\{[^}]*\}', '', text))) >= 2


def _texts(node: ast.AST, scope: ast.AST) -> Iterator[str]:
    """The texts that an expression can have; names are looked up in the function around it."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield ''.join(
            part.value if isinstance(part, ast.Constant) else '{' + _filled(part.value) + '}' for part in node.values
        )
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        for left in list(_texts(node.left, scope)) or ['{…}']:
            for right in list(_texts(node.right, scope)) or ['{…}']:
                yield left + right
    elif isinstance(node, ast.IfExp):
        yield from _texts(node.body, scope)
        yield from _texts(node.orelse, scope)
    elif isinstance(node, ast.Name):
        for one in ast.walk(scope):
            if isinstance(one, ast.Assign) and any(_name(target) == node.id for target in one.targets):
                yield from _texts(one.value, ast.Module([], []))


def _filled(node: ast.AST) -> str:
    """What stands for a value that is filled in: the last name in the expression, or an ellipsis."""
    while isinstance(node, ast.Call) and node.args and not _name(node.func).startswith('_'):
        node = node.args[0]
    while isinstance(node, ast.Subscript | ast.Starred):
        node = node.value
    return _name(node).strip('_') or '…'


def collect(root: Path) -> list[Message]:
    """All messages of the repository, by file and line."""
    files = sorted({file for pattern in SOURCES for file in root.glob(pattern)})
    return [
        message
        for file in files
        for message in messages_of(file.read_text(encoding='utf-8'), file.relative_to(root).as_posix())
    ]


def place(page: str, messages: list[Message]) -> tuple[dict[str, list[Message]], list[Message]]:
    """Which comment of a page takes which messages.

    Args:
        page: Markdown.
        messages: As by `collect`.

    Returns:
        The messages of each comment, and those that none takes.
    """
    placed, left = {}, list(messages)
    for comment in COMMENT.finditer(page):
        files = comment['files'].split()
        pattern = re.compile(comment['pattern'] or '')
        taken = [
            one for one in left if any(fnmatch.fnmatch(one.file, file) for file in files) and pattern.search(one.text)
        ]
        left = [one for one in left if one not in taken]
        placed.setdefault(comment[0], []).extend(taken)
    return placed, left


def listing(messages: list[Message]) -> str:
    """The messages as a list that opens at a click."""
    texts = list(dict.fromkeys(one.text for one in messages))
    if not texts:
        return ''
    count = f'{len(texts)} message{"s" * (len(texts) > 1)}'
    lines = ''.join(f'<li><code>{html.escape(text)}</code></li>\n' for text in texts)
    return f'<details><summary>{count}</summary>\n<ul>\n{lines}</ul>\n</details>\n'


def on_page_markdown(markdown, page, config, files):
    """Fills in the lists."""
    if page.file.src_uri != PAGE:
        return markdown
    placed, _ = place(markdown, collect(Path(config.config_file_path).parent))
    return COMMENT.sub(lambda comment: listing(placed[comment[0]]), markdown)
