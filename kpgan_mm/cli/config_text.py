"""Configurations are formatted once: MMEngine writes each of them many times, and every time takes seconds."""

import contextlib
import functools
from collections.abc import Iterator

from yapf.yapflib import yapf_api


@contextlib.contextmanager
def formatted_once() -> Iterator[None]:
    """Keeps the text of configurations within the block; it is the same as without."""
    original, styles = yapf_api.FormatCode, {}

    @functools.lru_cache(maxsize=16)
    def format_again(text: str, style: str, options: tuple) -> tuple:
        return original(text, style_config=styles[style], **dict(options))

    def remembered(text: str, style_config, **options) -> tuple:
        styles[repr(style_config)] = style_config
        return format_again(text, repr(style_config), tuple(sorted(options.items())))

    yapf_api.FormatCode = remembered
    try:
        yield
    finally:
        yapf_api.FormatCode = original
