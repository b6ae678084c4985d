"""Real sockets for the connections a case states: one that listens, one that refuses, one that never answers."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator

HERE = "127.0.0.1"


@contextlib.contextmanager
def real_connections(connections: dict[str, str]) -> Iterator[dict[str, tuple[str, int]]]:
    """``host:port`` of the case -> the address that behaves so; an outcome no socket here can play keeps its own."""
    with contextlib.ExitStack() as stack:
        made = {}
        for stated, outcome in connections.items():
            host, _colon, port = stated.rpartition(":")
            if outcome == "open":
                made[stated] = (HERE, stack.enter_context(_listening(16)))
            elif outcome == "ConnectionRefused":
                made[stated] = (HERE, stack.enter_context(_bound()))
            elif outcome == "TimedOut":
                made[stated] = (HERE, stack.enter_context(_silent()))
            else:
                made[stated] = (host, int(port))
        yield made


@contextlib.contextmanager
def _listening(backlog: int) -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind((HERE, 0))
        listener.listen(backlog)
        yield listener.getsockname()[1]


@contextlib.contextmanager
def _bound() -> Iterator[int]:
    # Bound and not listening: the port refuses, and nobody else can take it meanwhile.
    with socket.socket() as holder:
        holder.bind((HERE, 0))
        yield holder.getsockname()[1]


@contextlib.contextmanager
def _silent() -> Iterator[int]:
    # Once its queue is full, a listener that accepts nobody lets further ones wait.
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(_listening(0))
        for _attempt in range(8):
            waiting = stack.enter_context(socket.socket())
            waiting.settimeout(0.3)
            try:
                waiting.connect((HERE, port))
            except TimeoutError:
                break
        else:
            raise RuntimeError("this system lets nobody wait: a case of a silent server cannot be played here")
        yield port
