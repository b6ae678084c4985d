"""The only way into the world: an HTTP proxy that takes CONNECT, shows a certificate of the run's authority for the
host that was asked for, and hands the opened connection to the HTTP server. Any host but Azure's and the scenario's is
refused.
"""

from __future__ import annotations

import asyncio
import fnmatch
import ssl
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from .application import Application
    from .world import World

AZURE_HOSTS = ("management.azure.com", "login.microsoftonline.com", "*.vault.azure.net")
_LONGEST_HEAD = 16384


class Proxy:
    """Listens on one address; every connection gets a protocol of its own."""

    def __init__(self, world: World, application: Application):
        self.world = world
        self._application = application
        self._listener: asyncio.Server | None = None
        self._server: web.Server | None = None
        self._waiting: set[asyncio.Transport] = set()
        self._tasks: set[asyncio.Task] = set()
        self.hosts = list(AZURE_HOSTS)

    async def start(self, address: str) -> tuple[str, int]:
        """Listen; returns address and port."""
        # A client may come back after minutes of its own work; a real front end would still know the connection.
        self._server = web.Server(self._application.handle, access_log=None, keepalive_timeout=120,
                                  lingering_time=0)
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(lambda: _Connect(self), address, 0, backlog=512)
        return self._listener.sockets[0].getsockname()[:2]

    async def close(self) -> None:
        """Stop listening and drop every connection."""
        if self._listener is not None:
            self._listener.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for transport in list(self._waiting):
            transport.abort()
        if self._server is not None:
            # Requests in progress are dropped soon; zero would mean no limit to aiohttp.
            await self._server.shutdown(0.1)
        if self._listener is not None:
            await self._listener.wait_closed()

    def serves(self, host: str) -> bool:
        return any(fnmatch.fnmatchcase(host.lower(), pattern) for pattern in self.hosts)

    def opened(self, transport: asyncio.Transport) -> None:
        self._waiting.add(transport)

    def left(self, transport: asyncio.Transport) -> None:
        self._waiting.discard(transport)

    def take_over(self, transport: asyncio.Transport, connect: _Connect, host: str) -> None:
        """Begin TLS on a connection whose CONNECT was granted."""
        task = asyncio.get_running_loop().create_task(self._begin_tls(transport, connect, host))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _begin_tls(self, transport: asyncio.Transport, connect: _Connect, host: str) -> None:
        early = _EarlyData()
        try:
            secured = await asyncio.get_running_loop().start_tls(
                transport, early, self.world.authority.context(host), server_side=True, ssl_handshake_timeout=30)
        except (OSError, ssl.SSLError, asyncio.TimeoutError):
            # The client did not want our certificate, or went away: its own error says so.
            transport.abort()
            return
        finally:
            self._waiting.discard(transport)
        if secured is None or early.lost:
            return
        http = self._server()
        http.connection_made(secured)
        secured.set_protocol(http)
        if early.data:
            http.data_received(bytes(early.data))


class _Connect(asyncio.Protocol):
    """Reads the head of a request to the proxy: only CONNECT to a known host on port 443 is granted."""

    def __init__(self, proxy: Proxy):
        self._proxy = proxy
        self._transport: asyncio.Transport | None = None
        self._head = bytearray()

    def connection_made(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._proxy.opened(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._proxy.left(self._transport)

    def data_received(self, data: bytes) -> None:
        self._head += data
        if b"\r\n\r\n" not in self._head:
            if len(self._head) > _LONGEST_HEAD:
                self._refuse(431, "Request Header Fields Too Large", "the head of the request is too long")
            return
        words = self._head.split(b"\r\n", 1)[0].decode("latin-1").split()
        if len(words) != 3:
            self._refuse(400, "Bad Request", "this is not a request to a proxy")
            return
        method, target, _version = words
        if method != "CONNECT":
            self._refuse(403, "Forbidden", f"only HTTPS is served here, not {method} {target.split('?')[0]}")
            return
        host, unused, port = target.rpartition(":")
        if port != "443" or not self._proxy.serves(host):
            self._proxy.world.log.refused_hosts.append(target)
            self._refuse(403, "Forbidden", f"{target} is not part of the rehearsal world")
            return
        # What the client sends next is TLS, and must not arrive here.
        self._transport.pause_reading()
        self._transport.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        self._proxy.take_over(self._transport, self, host)

    def _refuse(self, status: int, reason: str, why: str) -> None:
        body = f"{why}\n".encode()
        head = (f"HTTP/1.1 {status} {reason}\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n"
                "Connection: close\r\n\r\n")
        self._transport.write(head.encode() + body)
        self._transport.close()


class _EarlyData(asyncio.Protocol):
    """Keeps what arrives together with the end of the handshake, before the HTTP server has the connection."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.lost = False

    def data_received(self, data: bytes) -> None:
        self.data += data

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True
