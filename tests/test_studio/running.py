"""A studio that really listens, and what a person does on its page."""

import contextlib
import socket
import threading
from collections.abc import Iterator, Sequence

import uvicorn

from kpgan_mm.studio.app import Studio, create_app
from kpgan_mm.studio.security import Guard
from kpgan_mm.studio.server import address


@contextlib.contextmanager
def running(studio: Studio, token: str = 'a-token') -> Iterator[str]:
    """The address of a studio that answers in a thread."""
    with socket.create_server(('127.0.0.1', 0)) as listener:
        port = listener.getsockname()[1]
        app = Guard(create_app(studio), token, '127.0.0.1', port)
        server = uvicorn.Server(uvicorn.Config(app, log_level='warning'))
        thread = threading.Thread(target=server.run, kwargs=dict(sockets=[listener]), daemon=True)
        thread.start()
        try:
            yield address('127.0.0.1', port, token)
        finally:
            server.should_exit = True
            thread.join(20)


def open_page(page, url: str) -> None:
    """Open the studio and wait until it is ready."""
    page.goto(url)
    page.wait_for_selector('body[data-ready]')


def open_picture(page, path: str, frame: int = 0) -> None:
    """Choose a file of the project, and wait until the tab that is open shows it."""
    page.locator('#files button', has_text=path).click()
    tab = page.locator('[role=tab][aria-selected=true]').get_attribute('aria-controls')
    page.wait_for_selector(f'#{tab}[data-ready^="{path}#{frame}"]')


def place_pose(page, points: Sequence[Sequence[float]]) -> None:
    """Click the joints of a pose, in the order of the skeleton, on the picture that is shown.

    Clicks hit whole pixels of the screen, as those of a mouse; joints may lie on top of each other.

    Args:
        page: With an open 'Place joints'.
        points: ``(K, 2)`` in pixels of the picture.
    """
    # the browser itself knows where a pixel of the picture is on the screen
    places = page.locator('#place-picture svg').evaluate(
        '(svg, points) => points.map(([x, y]) => {'
        ' const place = new DOMPoint(x + 0.5, y + 0.5).matrixTransform(svg.getScreenCTM());'
        ' return [place.x, place.y]; })',
        [list(map(float, point)) for point in points],
    )
    page.keyboard.down('Shift')
    for x, y in places:
        page.mouse.click(round(x), round(y))
    page.keyboard.up('Shift')


def drag(page, selector: str, dx: float, dy: float) -> None:
    """Drag an element by so many pixels of the screen."""
    box = page.locator(selector).bounding_box()
    x, y = box['x'] + box['width'] / 2, box['y'] + box['height'] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + dx / 2, y + dy / 2)
    page.mouse.move(x + dx, y + dy)
    page.mouse.up()
