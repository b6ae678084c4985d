"""What a host meets outside itself: the time, downloads, other hosts, certificates."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING

from .. import certificates
from .host import Certificate, DownloadFailed, Host, Listener

if TYPE_CHECKING:
    from ..world import World
    from .estate import Windows

WEB_PORT = 443
# However long a script would wait for a connection that never comes about.
LONGEST_SILENCE_SECONDS = 1


class Hooks:
    """The world's side of `host.WorldHooks`."""

    def __init__(self, windows: Windows, world: World):
        self._windows = windows
        self._world = world

    def now(self) -> datetime:
        return self._world.clock.now()

    async def download(self, url: str) -> bytes:
        content = self._world.installer_host.read(url)
        if content is None:
            raise DownloadFailed("Not Found", 404)
        await asyncio.sleep(self._world.latency("download"))
        return content

    async def connect(self, host: Host, address: str, port: int, timeout: float) -> str | None:
        target = self._windows.host_at(address)
        silent = target is None or not target.powered_on or self._windows.blocked_route(host.address, address)
        if silent:
            await asyncio.sleep(min(timeout, LONGEST_SILENCE_SECONDS))
            return "TimedOut"
        if port == WEB_PORT and self._windows.configuration_server_at(address) is not None:
            return None
        return None if any(listener.port == port for listener in target.listeners) else "ConnectionRefused"

    def new_certificate(self, host: Host, dns_name: str) -> Certificate:
        pair = certificates.self_signed(dns_name)
        self._windows.remember(pair)
        return Certificate(f"CN={dns_name}", b"", pair.thumbprint, pair.sha256)

    async def listen(self, host: Host, listener: Listener) -> None:
        if listener.transport == "HTTPS":
            await self._windows.serve(host, listener)

    def restart(self, host: Host, seconds: float) -> None:
        self._windows.restart(host, seconds)
