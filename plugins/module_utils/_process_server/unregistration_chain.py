# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Takes one server from a process server that is listed to one that the vault shows no more. Private to this collection."""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError, AsrTimeout
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import (
    machine_readiness,
    unregistration_plan,
    unregistration_steps,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import registration_chain as reaching
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.software_removal import remove_software
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.unfinished import Mark
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.unregistration_elsewhere import unregister_there

# A server without a heartbeat is not waited for longer than this before it counts as one that cannot be reached (our inference).
ANSWERING_SECONDS = 600
# A configuration server that is not told by the uninstalled server at once is not told any more: so many looks are enough (our inference).
LOOKS_WHEN_SILENT = 2

# Why the configuration server's own tool is no way out.
NOT_BEHIND_ITS_BACK = "Its last heartbeat is younger than 15 minutes, so it is not unregistered on the configuration server behind its back"
GOES_AS_IT_IS = "It is not registered, and only its software was to be removed: process_server_vm with state absent deletes the machine as it is"


def unregister(azure, params, entry, world, progress):
    """Do what is left to do for one server, and prove in the vault that it is gone; ``world`` is shared by all servers."""
    sighting = world.sightings[entry["name"]]
    listed = sighting.server if sighting.status != "absent" else None
    alive = sighting.status == "registered"
    if not unregistration_plan.has_machine(entry, world):
        unregister_there(params, entry, world, progress)
        return _prove(params, entry, world, listed, world.view.LIMIT_SECONDS, progress)
    channel, machine = _reach(azure, params, entry, sighting.status, progress)
    if channel is not None:
        try:
            remove_software(channel, params, entry, Mark(azure, entry, machine, world.view.vault_id, progress), progress)
        finally:
            channel.close()
    elif machine is not None:
        return _by_hand(params, entry, world, listed, progress)
    if listed is None:
        return None
    if channel is not None:
        try:
            limit = world.view.LIMIT_SECONDS if alive else LOOKS_WHEN_SILENT * params["interval"]
            return _prove(params, entry, world, listed, limit, progress)
        except AsrTimeout as late:
            _may_ask_there(entry, world, late)
    unregister_there(params, entry, world, progress)
    return _prove(params, entry, world, listed, world.view.LIMIT_SECONDS, progress)


def _reach(azure, params, entry, status, progress):
    """``(channel, machine)``; no channel where only a person can work on the server, and neither where it is dead.

    Dead is a server without a heartbeat whose machine is gone, is broken, does not run, or does not answer. A person might still mend the last three,
    yet who wants it unregistered has given it up. A server that gives heartbeats and does not answer is an error, never dead.
    """
    may_be_dead = status == "stale"
    limited = {**params, "timeout": min(params["timeout"], ANSWERING_SECONDS)} if may_be_dead else params
    machine = None
    try:
        machine = reaching.wait_for_machine(azure, limited, entry, progress)
        if not _has_channel(entry):
            return None, machine
        return reaching.open_channel(azure, limited, entry, progress), machine
    except AsrError as error:
        if not _does_not_answer(error):
            raise
        if may_be_dead:
            progress.say(entry["name"], "look for a way to the server", f"{error} It gives no heartbeat either, so it is unregistered elsewhere")
            return None, None
        if machine is not None and entry["method"] == "configuration_tool":
            return None, machine
        # What is listed no more is only to be cleared of its software.
        raise _with_cure(error, NOT_BEHIND_ITS_BACK if status == "registered" else GOES_AS_IT_IS) from None


def _has_channel(entry):
    """The gallery image serves no Run Command, so its certificate must be known; its registration needs no account, its removal does."""
    if entry["method"] != "configuration_tool":
        return True
    pinned = entry.get("winrm_certificate_fingerprint") or entry.get("winrm_ca_file")
    return bool(pinned and entry.get("admin_username") and entry.get("admin_password"))


def _does_not_answer(error):
    """Whether an error says that nothing answers; a wrong account or certificate is another matter."""
    codes = (*reaching.NOT_YET_LISTENING, machine_readiness.NOT_FOUND, *machine_readiness.BROKEN, "deleting")
    return isinstance(error, AsrTimeout) or error.code in codes or error.code.startswith("PowerState/")


def _with_cure(error, more):
    """The same error, with more to be said of what to do."""
    cure = f"{error.cure.rstrip('.')}. {more}" if error.cure else more
    return type(error)(error.tried, on=error.on, code=error.code, said=error.said, correlation_id=error.correlation_id, cure=cure, step=error.step)


def _by_hand(params, entry, world, listed, progress):
    """A person uninstalls the programs where no channel leads to the server (site-recovery-vmware-unregister-process-server)."""
    what = (
        f"sign in to {entry['private_ip_address']} over remote desktop as {entry['admin_username'] or 'its administrator'}, open Programs "
        f"and Features in the Control Panel and uninstall what is there of these, in this order: {', '.join(unregistration_steps.PROGRAMS)}"
    )
    if listed is None:
        return None
    with progress.step(entry["name"], "wait for the removal by hand", what):
        return world.view.wait_until_gone(entry, listed["id"], params["timeout"])


def _prove(params, entry, world, listed, limit, progress):
    with progress.step(entry["name"], "wait until it is gone from the vault"):
        return world.view.wait_until_gone(entry, listed["id"], min(params["timeout"], limit))


def _may_ask_there(entry, world, late):
    """Raise unless the configuration server's own tool may be used for a server whose software is gone."""
    sighting = world.view.look(entry)
    cure = (
        "Its software is uninstalled, and the configuration server was not told of it. Run again when its last heartbeat is 15 minutes old, with "
        f"configuration_server_winrm: it is then unregistered on the configuration server. {unregistration_plan.by_hand(entry)}"
    )
    if sighting.status == "registered" or not world.may_ask:
        raise AsrTimeout(late.tried, on=late.on, code="still listed", said=late.said, cure=cure) from late
