# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Remembers on the machine itself, as a tag, that work on it has not come to its end. Private to this collection.

A set-up outlives the run that began it. When that run is killed, the vault shows a server with a heartbeat some minutes
later, and nothing in the vault tells that the passphrase still lies on its disk. The tag does: it is set before the
passphrase is handed over and goes when the server was cleared, so that the next run does the rest. In the same way it
tells of a server that the vault lists no more, and on which a part of the software still is, and of an upgrade that was begun.
"""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._azure import compute
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import entries, resource_ids, served_vault

TAG = entries.SETUP_TAG
UNFINISHED = "unfinished"


def is_unfinished(machine):
    """Whether a machine, as Azure shows it, carries the tag; names of tags are without case in Azure."""
    return any(name.lower() == TAG for name in machine.get("tags") or {})


def names(azure, checked):
    """Names of the entries whose machines carry the tag: one request for each subscription, pages not counted."""
    return {name for name, machine in machines(azure, checked).items() if is_unfinished(machine)}


def machines(azure, checked):
    """The virtual machines of the entries, by the entries' names: one request for each subscription, pages not counted."""
    wanted = {_key(entry): entry["name"] for entry in checked}
    found = {}
    for subscription in {entry["subscription_id"].lower(): entry["subscription_id"] for entry in checked}.values():
        for machine in compute.list_virtual_machines(azure, subscription):
            name = wanted.get(resource_ids.key(machine["id"]))
            if name:
                found[name] = machine
    return found


def _key(entry):
    return resource_ids.key(resource_ids.build(entry["subscription_id"], entry["resource_group"], "Microsoft.Compute/virtualMachines", entry["name"]))


class Mark:
    """The tag of one machine, and with it the one that names its vault. ``machine``: as Azure showed it when it was ready."""

    def __init__(self, azure, entry, machine, vault, progress):
        self._where = (azure, entry["subscription_id"], entry["resource_group"], entry["name"])
        self._tags = {name: value for name, value in (machine.get("tags") or {}).items() if name.lower() not in (TAG, served_vault.TAG)}
        self._vault = {served_vault.TAG: vault}
        self._names_vault = (machine.get("tags") or {}).get(served_vault.TAG) == vault
        self._is_set = is_unfinished(machine)
        self._complained = False
        self._progress = progress

    def set(self, otherwise="Should this run be killed, the passphrase stays on the server until somebody removes it"):
        """Before the passphrase is handed over, or the first program goes. Without the permission for it the work goes on, and says what it means."""
        if self._is_set:
            return
        try:
            compute.update_tags(*self._where, {**self._tags, **self._vault, TAG: UNFINISHED})
            self._is_set = True
        except AsrError as error:
            # It is tried again before the next step, and told once.
            if not self._complained:
                self._progress.say(self._where[-1], "mark the machine", f"{error} {otherwise}")
            self._complained = True

    def name_vault(self):
        """Of a server that a person set up; for others it is done with the tag."""
        if self._names_vault:
            return
        try:
            compute.update_tags(*self._where, {**self._tags, **self._vault})
        except AsrError as error:
            self._progress.say(self._where[-1], "name the vault on the machine", f"{error} Nothing tells other vaults that it is in use")

    def clear(self, serves=True):
        """When nothing of a set-up is left on the server; where that fails the next run does it. ``serves``: whether it is a process server now."""
        if not self._is_set:
            return
        try:
            compute.update_tags(*self._where, {**self._tags, **(self._vault if serves else {})})
            self._is_set = False
        except AsrError as error:
            self._progress.say(self._where[-1], "unmark the machine", str(error))
