"""A TCP port that accepts connections: what listens there is not simulated."""

from __future__ import annotations

import asyncio


class TcpPort:
    """Accepts from `start` to `stop`, says nothing, and waits for the other side to end."""

    def __init__(self, address: str, port: int):
        self._place = (address, port)
        self._server: asyncio.AbstractServer | None = None
        self._connections: set[asyncio.BaseTransport] = set()

    @property
    def connections(self) -> int:
        """How many are open now."""
        return len(self._connections)

    async def start(self) -> bool:
        """Whether the port is open now. Ports below 1024 are kept from ordinary users on most systems."""
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(lambda: _Silent(self), *self._place, reuse_address=True)
        except PermissionError:
            return False
        return True

    async def stop(self) -> None:
        if self._server is None:
            return
        server, self._server = self._server, None
        server.close()
        for transport in list(self._connections):
            transport.abort()
        await server.wait_closed()

    def made(self, transport: asyncio.BaseTransport) -> None:
        if self._server is None:
            transport.abort()   # it was on its way in when the port was closed
        else:
            self._connections.add(transport)

    def lost(self, transport: asyncio.BaseTransport) -> None:
        self._connections.discard(transport)


class _Silent(asyncio.Protocol):
    def __init__(self, port: TcpPort):
        self._port = port
        self._transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._port.made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._port.lost(self._transport)
