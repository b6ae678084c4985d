"""Worlds side by side, in one process or in many, each with a second octet of 127.x.y.z of its own.

The claim is a bound socket: the kernel gives it back when the process ends, however it ends.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterable

from .errors import WorldError

OCTETS = range(16, 240)         # 127.0 and 127.1 are used by resolvers and by other people's tests
_HOST, _PORT = "127.{octet}.255.254", 48127     # no simulated network reaches into .255


class Claim:
    """A second octet that nobody else has while this object is open."""

    def __init__(self, octet: int, holder: socket.socket):
        self.octet = octet
        self._holder = holder

    def release(self) -> None:
        self._holder.close()


def claim(octets: Iterable[int] | None = None) -> Claim:
    """Take the first free octet; without a wish, begin at one that depends on the process, so that many processes
    that start together seldom ask for the same one."""
    if octets is None:
        start = os.getpid() % len(OCTETS)
        octets = [*OCTETS[start:], *OCTETS[:start]]
    for octet in octets:
        holder = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            holder.bind((_HOST.format(octet=octet), _PORT))
        except OSError as error:
            holder.close()
            if error.errno != errno.EADDRINUSE:
                raise WorldError(f"cannot use addresses of 127.{octet}.0.0/16: {error}; the rehearsal world needs a "
                                 "system where all of 127.0.0.0/8 is the loopback, as on Linux") from error
            continue
        return Claim(octet, holder)
    raise WorldError("every second octet asked for is taken by another rehearsal world")
