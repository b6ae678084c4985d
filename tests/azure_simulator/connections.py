"""Connections that end without a word, as when a machine or a firewall in between dies."""

from __future__ import annotations

import asyncio
import socket
import struct


def cut(transport: asyncio.Transport | None) -> None:
    """Abort a connection: the other side sees a reset."""
    if transport is None:
        return
    connection = transport.get_extra_info("socket")
    if connection is not None:
        # Linger of zero: the kernel sends RST instead of an orderly end.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
