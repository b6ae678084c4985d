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
    ``pending``: those still to be upgraded; ``down``: those being upgraded now; ``failed``: those that this run took down and did
    not bring back; ``limit``: how many may be down at once, whether they are being upgraded or have failed.
    """

    name: str
    limit: int
    listed: tuple = ()
    others: tuple = ()
    working: set = dataclasses.field(default_factory=set)
    pending: set = dataclasses.field(default_factory=set)
    down: set = dataclasses.field(default_factory=set)
    failed: set = dataclasses.field(default_factory=set)

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
        return WAIT, _come_first(network, network.down)
    if name not in network.working:
        return GO, ""
    if not network.serves_alone(name):
        return _beside_others(network)
    if network.down:
        return WAIT, f"it alone serves {network.name} while {_with_verb(network.down, 'is', 'are')} being upgraded"
    mended = network.pending - network.working - {name}
    if mended:
        return WAIT, f"it alone serves {network.name} until {_with_verb(mended, 'works', 'work')}"
    rest = set(network.listed) - {name}
    if rest:
        return STOP, f"it is the last process server of {network.name} that works; {_with_verb(rest, 'does', 'do')} not"
    return GO, ""


def _beside_others(network):
    """Whether one more that works may go: not beyond the limit, which those count for that an earlier run left, and that failed in this one.

    What fails for one fails for all, most often. So each run breaks no more than the limit, and what the last one broke is mended first.
    """
    first = network.down | (network.pending - network.working)
    if len(first) + len(network.failed) < network.limit:
        return GO, ""
    if first:
        return WAIT, _come_first(network, first)
    return STOP, f"{_named(network.failed)} of {network.name} failed in this run, and no more than {network.limit} may be down at once"


def _come_first(network, names):
    return f"{_with_verb(names, 'comes', 'come')} first in {network.name}"


def last_of_its_network(name, why):
    """The refusal to take a server down, with what `verdict` said."""
    cure = "Mend what does not work first, and run again; or take it out of the list where it is gone for good"
    return Refusal("taking the server down", on=name, code="last of its network", said=why, cure=cure, step="wait for its turn")


def too_many_failed(name, why):
    """The same for a server that is spared what others met."""
    cure = "It runs as before. Mend the cause of the failure first, and run again; max_unavailable says how many may be down"
    return Refusal("taking the server down", on=name, code="max_unavailable", said=why, cure=cure, step="wait for its turn")


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
            if kind is None:
                # Also one that was not taken down: it is proven to work, whatever it was taken for.
                self._network.working.add(self._name)
            elif self._name in self._network.down:
                self._network.failed.add(self._name)
            self._network.down.discard(self._name)
            self._changed.notify_all()

    def take_down(self):
        """Return when the server may be taken down, and whether that had to be waited for; it counts as down from then on.

        A `Refusal` where that would leave its network without one, or where too many of them failed.
        """
        with self._changed:
            if self._name in self._network.down:
                return False
            decided, why = verdict(self._network, self._name)
            waits = decided == WAIT
            if waits:
                with self._progress.step(self._name, "wait for its turn", why):
                    self._changed.wait_for(lambda: verdict(self._network, self._name)[0] != WAIT)
                decided, why = verdict(self._network, self._name)
            if decided == STOP:
                refusal = last_of_its_network if self._network.serves_alone(self._name) else too_many_failed
                raise refusal(self._name, why)
            self._is_down()
            return waits

    def is_down(self):
        """An upgrade that is found running has taken the server down already."""
        with self._changed:
            self._is_down()

    def does_not_run(self):
        """Azure says that there is no such machine, or that it is stopped: the heartbeat that the vault shows was its last."""
        with self._changed:
            self._network.working.discard(self._name)

    def _is_down(self):
        self._network.working.discard(self._name)
        self._network.down.add(self._name)


def _named(names):
    return " and ".join(sorted(names))


def _with_verb(names, of_one, of_several):
    return f"{_named(names)} {of_one if len(names) == 1 else of_several}"
