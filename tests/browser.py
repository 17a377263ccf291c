"""Chromium for tests of pages, as the system has it: Playwright's own is another download."""

import os
import shutil

NAMES = ('chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable')


def find() -> str | None:
    """The browser's path: ``KPGAN_CHROMIUM``, or the first one that is installed."""
    return os.environ.get('KPGAN_CHROMIUM') or next(filter(None, map(shutil.which, NAMES)), None)


def launch(playwright):
    """A headless browser.

    Args:
        playwright: From ``sync_playwright()``.

    Raises:
        FileNotFoundError: If there is none.
    """
    path = find()
    if path is None:
        raise FileNotFoundError(
            'the page is tested in Chromium, and there is none: `make test` as root installs it, as does '
            '`apt-get install chromium`; or name one in KPGAN_CHROMIUM'
        )
    # No sandbox within the sandbox that test machines often are; the only page is our own.
    return playwright.chromium.launch(
        executable_path=path, args=['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage']
    )
