# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was read of the world, or why it could not be read. Private to this collection."""

from __future__ import annotations

import dataclasses
import datetime


@dataclasses.dataclass(frozen=True)
class Fact:
    """Something that was asked for: its ``value``, or in ``unknown`` why there is none. A value of `None` means: not there."""

    value: object = None
    unknown: str = ""

    @property
    def known(self):
        return not self.unknown


NOT_ASKED = Fact(unknown="it was not asked for, since what it depends on is not known")


@dataclasses.dataclass(frozen=True)
class Connection:
    """How opening a TCP connection from here ended.

    ``outcome``: ``open``, ``refused`` (the machine answered, nothing listens), ``silent`` or ``error``;
    ``local_address``: the address of ours it went out from, where that is known.
    """

    outcome: str
    detail: str = ""
    local_address: str = ""


@dataclasses.dataclass(frozen=True)
class Download:
    """What the installer's URL answered: the final HTTP ``status`` and, where stated, the ``size`` in bytes."""

    status: int
    size: int | None = None


@dataclasses.dataclass
class Facts:
    """All facts of one run. Keys are lower case, as Azure compares names and ids without case.

    ``machines``, ``states`` (machines with their instance views), ``interfaces`` and ``networks`` by subscription;
    ``permissions`` by scope (the id of a resource group, or of a resource below it); ``usages`` and ``sizes`` by
    (subscription, region); ``images`` by `placement.image_key`; ``agreements`` by (subscription, publisher, product,
    plan); ``gateways`` by (subscription, group); ``addresses`` by (network id, address); ``connections`` by (address, port).
    """

    now: datetime.datetime
    vault: Fact = NOT_ASKED
    fabrics: Fact = NOT_ASKED
    providers: Fact = NOT_ASKED
    passphrase_is_right: Fact = NOT_ASKED
    installer: Fact = NOT_ASKED
    machines: dict = dataclasses.field(default_factory=dict)
    interfaces: dict = dataclasses.field(default_factory=dict)
    networks: dict = dataclasses.field(default_factory=dict)
    permissions: dict = dataclasses.field(default_factory=dict)
    states: dict = dataclasses.field(default_factory=dict)
    usages: dict = dataclasses.field(default_factory=dict)
    sizes: dict = dataclasses.field(default_factory=dict)
    images: dict = dataclasses.field(default_factory=dict)
    agreements: dict = dataclasses.field(default_factory=dict)
    gateways: dict = dataclasses.field(default_factory=dict)
    addresses: dict = dataclasses.field(default_factory=dict)
    connections: dict = dataclasses.field(default_factory=dict)

    def of(self, kind, key):
        """The fact of one kind with this key; one that nobody asked for is unknown."""
        return getattr(self, kind).get(key, NOT_ASKED)
