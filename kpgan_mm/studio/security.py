"""Who may talk to the studio, and what the page may load."""

import hmac
import ipaddress
import json
import socket
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, quote, urlencode

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# The page's own files only: no other host, no inline script.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    'content-security-policy': _POLICY,
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'cache-control': 'no-cache',
}
_SAFE_METHODS = ('GET', 'HEAD')


class Guard:
    """Wraps the application: checks the Host header, the token, and for writes where they come from.

    The token is in the address that is printed; from there it goes into a cookie that only this page gets to use.

    Args:
        app: The application.
        token: The secret.
        host: What the server listens on.
        port: Its port; part of the cookie's name, as browsers share cookies among ports.
    """

    def __init__(self, app: ASGIApp, token: str, host: str, port: int) -> None:
        self.app, self.token, self.port = app, token, port
        self.cookie = f'kpgan_studio_{port}'
        self.names = {'localhost', host.lower()}
        # Names are what a foreign page can have point here (DNS rebinding); numbers it cannot.
        self.any_number = not _is_loopback(host)
        if self.any_number:
            self.names |= {socket.gethostname().lower(), socket.getfqdn().lower()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope['type'] == 'lifespan':
            await self.app(scope, receive, send)
            return
        if scope['type'] != 'http':
            await send({'type': 'websocket.close', 'code': 1008})
            return
        headers = Headers(scope=scope)

        async def send_guarded(message: Message) -> None:
            if message['type'] == 'http.response.start':
                extra = [(name.encode(), value.encode()) for name, value in _HEADERS.items()]
                message = {**message, 'headers': [*message['headers'], *extra]}
            await send(message)

        host = headers.get('host', '')
        if not self.knows(host):
            await _refuse(send_guarded, 421, self._unknown(host))
            return
        offered = parse_qs(scope['query_string'].decode('latin-1')).get('token', [])
        if scope['path'] == '/' and offered:
            if not self._is_token(offered[0]):
                await _refuse(send_guarded, 403, 'this token is not the one of the running studio')
                return
            await self._enter(scope, send_guarded)
            return
        if not self._is_token(_cookie(headers, self.cookie)):
            await _refuse(send_guarded, 403, 'open the address with the token that the studio has printed')
            return
        if scope['method'] not in _SAFE_METHODS and not self._own_page(headers, host):
            await _refuse(send_guarded, 403, 'only the page of the studio itself may change anything')
            return
        await self.app(scope, receive, send_guarded)

    def knows(self, host: str) -> bool:
        """Whether a Host header is one under which this server can be meant."""
        name, port = _split_host(host)
        if port != (self.port or port):
            return False
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return name in self.names
        return self.any_number or address.is_loopback

    def _unknown(self, host: str) -> str:
        name, port = _split_host(host)
        if port != self.port and self.knows(f'{name}:{self.port}'):
            return (
                f'the studio listens on port {self.port}, and was asked for on port {port}: forward the same port on '
                f'both sides, ssh -L {self.port}:127.0.0.1:{self.port}, or start the studio with --port {port}'
            )
        return f'the studio does not answer to the name {host[:100]!r}'

    def _is_token(self, value: str | None) -> bool:
        return value is not None and hmac.compare_digest(value.encode(), self.token.encode())

    def _own_page(self, headers: Headers, host: str) -> bool:
        """Browsers say where a write comes from; whoever does not say is no browser, and has the token."""
        if headers.get('sec-fetch-site', 'same-origin') not in ('same-origin', 'none'):
            return False
        origin = headers.get('origin')
        return origin is None or origin == f'http://{host}'

    async def _enter(self, scope: Scope, send: Send) -> None:
        rest = parse_qs(scope['query_string'].decode('latin-1'))
        rest.pop('token')
        cookie = f'{self.cookie}={quote(self.token)}; HttpOnly; SameSite=Strict; Path=/'
        place = '/' + (f'?{urlencode(rest, doseq=True)}' if rest else '')
        headers = [(b'location', place.encode()), (b'set-cookie', cookie.encode()), (b'content-length', b'0')]
        await send({'type': 'http.response.start', 'status': 303, 'headers': headers})
        await send({'type': 'http.response.body', 'body': b''})


async def _refuse(send: Send, status: int, message: str) -> None:
    body = json.dumps({'error': message}).encode()
    headers = [(b'content-type', b'application/json'), (b'content-length', str(len(body)).encode())]
    await send({'type': 'http.response.start', 'status': status, 'headers': headers})
    await send({'type': 'http.response.body', 'body': body})


def _split_host(host: str) -> tuple[str, int]:
    """Name in lower case and port of a Host header: 80 where it says none, -1 where that is no number."""
    name, colon, port = host.lower().rpartition(':')
    if not colon or ']' in port:
        name, port = host.lower(), '80'
    return name.strip('[]').rstrip('.'), int(port) if port.isascii() and port.isdigit() and len(port) < 6 else -1


def _cookie(headers: Headers, name: str) -> str | None:
    try:
        cookies = SimpleCookie(headers.get('cookie', ''))
    except CookieError:
        return None
    return cookies[name].value if name in cookies else None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == 'localhost'
