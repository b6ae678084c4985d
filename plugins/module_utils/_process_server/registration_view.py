# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the vault shows of process servers, read once for all who wait for it. Private to this collection."""

from __future__ import annotations

import dataclasses
import time

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._azure import operations, site_recovery
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError, Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._fleet import SharedRead
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import configuration_servers, served_vault
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._wait import wait_for

# How long one refresh may take before the waiting goes on without it.
REFRESH_LIMIT_SECONDS = 300

# How old a reading may be that is looked at once more before a server is unregistered behind many others. Each of those is proven gone
# by a reading of its own, so that there is nearly always one.
RECENT_SECONDS = 300


@dataclasses.dataclass(frozen=True)
class Sighting:
    """How the vault shows one server. ``status``: ``registered``, ``stale`` (no heartbeat for 15 minutes) or ``absent``."""

    status: str
    server: dict = dataclasses.field(default_factory=dict)
    heartbeat_age: int | None = None


def sight(fabric, entry, now, just_refreshed=False):
    """The one process server with the entry's address; refuses twins, since nothing tells which of them is alive.

    "Registered" is exactly one entry with this address that gave heartbeats when the configuration server last reported;
    after a refresh its heartbeat itself must be younger than 15 minutes (our inference from the documented threshold).
    """
    found = configuration_servers.at_address(fabric, entry["private_ip_address"])
    if not found:
        return Sighting("absent")
    if len(found) > 1:
        listed = "; ".join(f"{server.get('friendlyName')} (id {server.get('id')}, last heartbeat {server.get('lastHeartbeat')})" for server in found)
        raise Refusal(
            "looking for the process server",
            on=f"{entry['name']} at {entry['private_ip_address']}",
            said=f"configuration server {configuration_servers.friendly_name(fabric)} shows {len(found)} process servers with this address: {listed}",
            cure="Unregister the one that is gone, then run again",
        )
    server = found[0]
    age = configuration_servers.heartbeat_age(server, now)
    alive = configuration_servers.is_fresh(server, now) if just_refreshed else configuration_servers.is_alive(fabric, server, now)
    return Sighting("registered" if alive else "stale", server, age)


def sight_or_refusal(fabric, entry, now):
    """A `Sighting`, or the refusal in its place, so that one server's twins do not stop the others."""
    try:
        return sight(fabric, entry, now)
    except Refusal as refusal:
        return Sighting("twins", {"refusal": refusal})


class VaultView:
    """The configuration server as the vault shows it, brought up to date on demand, for all servers at once."""

    # A server that is up reports within this time (vmware-azure-manage-process-server: changes show after up to 15 minutes).
    LIMIT_SECONDS = 15 * 60

    def __init__(self, azure, params, fabric, now=configuration_servers.utc_now):
        self._azure = azure
        self._params = params
        self._now = now
        self._providers = None
        self.fabric = fabric
        self.configuration_server_address = params.get("configuration_server_address") or configuration_servers.address(fabric)
        self._refresh_error = None
        # A refresh asks the configuration server for everything it knows: half as often as a plain look is often enough.
        self._shared = SharedRead(self._refresh_and_read, 2 * params["interval"])

    @property
    def vault_id(self):
        return served_vault.vault_id(self._azure, self._params)

    def wait_until_registered(self, entry, timeout):
        """Refresh the configuration server and look, until the entry's server shows a fresh heartbeat; its `Sighting`."""
        return self.wait_until(entry, lambda sighting: sighting.status == "registered", "the heartbeat", timeout)

    def wait_until(self, entry, is_done, what, timeout):
        """The same for anything that ``is_done`` tells by a `Sighting`; ``what`` of the server is waited for, in words."""
        asked = time.monotonic()
        return wait_for(
            lambda: sight(self._shared.get(not_before=asked), entry, self._now(), just_refreshed=True),
            is_done,
            f"{what} of {entry['name']} ({entry['private_ip_address']}) at configuration server {configuration_servers.friendly_name(self.fabric)}",
            timeout,
            self._params["interval"],
            describe=self._words,
        )

    def refreshed(self, not_before):
        """The fabric as it is shown after a refresh that began at ``not_before`` (`time.monotonic`) or later."""
        return self._shared.get(not_before=not_before)

    @property
    def refresh_error(self):
        """Why the last refresh failed, or `None`."""
        return self._refresh_error

    def look(self, entry):
        """The entry's `Sighting` after a refresh that begins now; refuses twins."""
        return sight(self.refreshed(time.monotonic()), entry, self._now())

    def recent_look(self, entry):
        """The same by the last reading, which all servers share, where that is a few minutes old at most; refuses twins."""
        return sight(self._shared.get(max_age=RECENT_SECONDS), entry, self._now())

    def wait_until_gone(self, entry, identifier, timeout):
        """Refresh the configuration server and look, until no process server of this id is listed any more."""
        asked = time.monotonic()

        def listed():
            fabric = self.refreshed(asked)
            found = [server for server in configuration_servers.process_servers(fabric) if server.get("id") == identifier]
            return found[0] if found else None

        wait_for(
            listed,
            lambda server: server is None,
            f"{entry['name']} ({entry['private_ip_address']}) to be gone from configuration server {configuration_servers.friendly_name(self.fabric)}",
            timeout,
            self._params["interval"],
            describe=lambda server: self._with_refresh_error(f"it is listed, its last heartbeat was at {server.get('lastHeartbeat')}"),
        )

    def _words(self, sighting):
        seen = "it is not listed"
        if sighting.status != "absent":
            seen = f"its last heartbeat was {sighting.heartbeat_age} s ago, with version {sighting.server.get('agentVersion')}"
        return self._with_refresh_error(seen)

    def _with_refresh_error(self, seen):
        return f"{seen}; refreshing the configuration server failed: {self._refresh_error}" if self._refresh_error else seen

    def _refresh_and_read(self):
        self._refresh()
        vault = (self._azure, self._params["vault_resource_group"], self._params["vault_name"])
        return site_recovery.get_fabric(*vault, self.fabric["name"])

    def _refresh(self):
        """Ask the configuration server for news. Where that fails the waiting goes on: the news comes by itself within 15 minutes."""
        vault = (self._azure, self._params["vault_resource_group"], self._params["vault_name"])
        try:
            if self._providers is None:
                self._providers = site_recovery.list_providers(*vault, self.fabric["name"])
            for provider in self._providers:
                operation = site_recovery.refresh_provider(*vault, self.fabric["name"], provider["name"])
                operations.wait(self._azure, operation, REFRESH_LIMIT_SECONDS, self._params["interval"])
            self._refresh_error = None
        except AsrError as error:
            self._refresh_error = error
