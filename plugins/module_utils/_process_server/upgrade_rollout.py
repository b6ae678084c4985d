# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lets servers of different networks be upgraded at once, and those of one network one after the other. Private to this collection.

A network whose only process server is upgraded has none for that time, and nothing else could carry its machines. Where
another server could, one that works is never taken down while it is the last.
"""

from __future__ import annotations

import dataclasses
import threading

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import Refusal

GO, WAIT, STOP = "go", "wait", "stop"


@dataclasses.dataclass
class Network:
    """The process servers of one virtual network, by name.

    ``listed``: those of the list; ``others``: those that work and are not listed; ``working``: the listed that work now;
    ``pending``: those still to be upgraded; ``down``: those being upgraded now; ``limit``: how many may be down at once.
    """

    name: str
    limit: int
    listed: tuple = ()
    others: tuple = ()
    working: set = dataclasses.field(default_factory=set)
    pending: set = dataclasses.field(default_factory=set)
    down: set = dataclasses.field(default_factory=set)

    def serves_alone(self, name):
        """Whether no other server of the network works, so that its machines are not carried while this one is down."""
        return not self.others and not self.working - {name}


def limit_of(max_unavailable, count):
    """How many of ``count`` servers of a network may be down at once, for a number or a percentage as a text; at least one."""
    text = str(max_unavailable).strip()
    return max(1, count * int(text[:-1]) // 100 if text.endswith("%") else int(text))


def verdict(network, name):
    """``(GO, WAIT or STOP, why)`` for a server that is ready to be taken down. Pure."""
    if len(network.down) >= network.limit:
        return WAIT, f"{_named(network.down)} of {network.name} comes first"
    if name not in network.working or not network.serves_alone(name):
        return GO, ""
    if network.down:
        return WAIT, f"it alone serves {network.name} while {_named(network.down)} is being upgraded"
    mended = network.pending - network.working - {name}
    if mended:
        return WAIT, f"it alone serves {network.name} until {_named(mended)} works"
    rest = set(network.listed) - {name}
    if rest:
        return STOP, f"it is the last process server of {network.name} that works; {_named(rest)} does not"
    return GO, ""


def last_of_its_network(name, why):
    """The refusal to take a server down, with what `verdict` said."""
    cure = "Mend the other one first, and run again; or take it out of the list where it is gone for good"
    return Refusal("taking the server down", on=name, code="last of its network", said=why, cure=cure, step="wait for its turn")


class Rollout:
    """The networks of all servers of a run; for many threads."""

    def __init__(self, networks):
        self._networks = {name: network for network in networks for name in network.listed}
        self._changed = threading.Condition()

    def turn(self, name, progress):
        return Turn(self._networks[name], name, self._changed, progress)


class Turn:
    """One server's place in the rollout. Used with ``with``: whatever happens in it, the others go on afterwards."""

    def __init__(self, network, name, changed, progress):
        self._network = network
        self._name = name
        self._changed = changed
        self._progress = progress

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        with self._changed:
            self._network.pending.discard(self._name)
            if self._name in self._network.down:
                self._network.down.discard(self._name)
                if kind is None:
                    self._network.working.add(self._name)
            self._changed.notify_all()

    def take_down(self):
        """Return when the server may be taken down, and count it as down from then on; a `Refusal` where that would leave its network without one."""
        with self._changed:
            if self._name in self._network.down:
                return
            decided, why = verdict(self._network, self._name)
            if decided == WAIT:
                with self._progress.step(self._name, "wait for its turn", why):
                    self._changed.wait_for(lambda: verdict(self._network, self._name)[0] != WAIT)
                decided, why = verdict(self._network, self._name)
            if decided == STOP:
                raise last_of_its_network(self._name, why)
            self._is_down()

    def is_down(self):
        """An upgrade that is found running has taken the server down already."""
        with self._changed:
            self._is_down()

    def _is_down(self):
        self._network.working.discard(self._name)
        self._network.down.add(self._name)


def _named(names):
    return " and ".join(sorted(names))
