# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was read for a plan, or why it could not be read. Private to this collection."""

from __future__ import annotations

import dataclasses
import datetime

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import resource_ids
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.facts import NOT_ASKED, Fact


@dataclasses.dataclass
class World:
    """The vault, and what stands in the subscriptions its machines run in.

    ``vault``: its id. ``fabrics`` and ``items`` as on the wire; ``providers`` and ``policies`` as a `Fact` of a list;
    ``machines``, ``states`` (machines with their instance views), ``interfaces`` and ``networks``: a `Fact` of a list for
    each subscription, by its id in lower case.
    """

    now: datetime.datetime
    fabrics: list
    items: list
    vault: str = ""
    providers: Fact = NOT_ASKED
    policies: Fact = NOT_ASKED
    machines: dict = dataclasses.field(default_factory=dict)
    states: dict = dataclasses.field(default_factory=dict)
    interfaces: dict = dataclasses.field(default_factory=dict)
    networks: dict = dataclasses.field(default_factory=dict)

    def of(self, kind, identifier):
        """The list of one kind in the subscription of a resource; one that nobody asked for is unknown."""
        return getattr(self, kind).get(subscription(identifier), NOT_ASKED)

    def one(self, kind, identifier):
        """A `Fact`: the resource of this id, `None` where it is not there."""
        listed = self.of(kind, identifier)
        if not listed.known:
            return listed
        return Fact(next((one for one in listed.value if resource_ids.same(one.get("id"), identifier)), None))

    def all(self, kind):
        """Everything of one kind that could be read, in all subscriptions."""
        return [one for fact in getattr(self, kind).values() if fact.known for one in fact.value]


def subscription(identifier):
    """The subscription of a resource's id, in lower case; empty for no id."""
    parts = (identifier or "").split("/")
    return parts[2].lower() if len(parts) > 2 else ""
