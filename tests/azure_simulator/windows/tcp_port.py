"""A TCP port that accepts connections: what listens there is not simulated."""

from __future__ import annotations

import asyncio


class TcpPort:
    """Accepts from `start` to `stop`, and waits for the other side to end."""

    def __init__(self, address: str, port: int):
        self._place = (address, port)
        self._server: asyncio.AbstractServer | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def start(self) -> bool:
        """Whether the port is open now. Ports below 1024 are kept from ordinary users on most systems."""
        try:
            self._server = await asyncio.start_server(self._serve, *self._place, reuse_address=True)
        except PermissionError:
            return False
        return True

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while await reader.read(4096):
                pass
        except ConnectionError:
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    async def stop(self) -> None:
        if self._server is None:
            return
        self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        await self._server.wait_closed()
        self._server = None
