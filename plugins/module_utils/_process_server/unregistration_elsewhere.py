# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Has the configuration server forget a process server that is dead, with its own tool. Private to this collection."""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError, Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import (
    configuration_server_channel,
    unregistration_plan,
    unregistration_tool,
)

# The tool asks its own database. Who says nothing for so long after it said something waits for an answer (our inference).
QUIET_SECONDS = 10
LIMIT_SECONDS = 180


def unregister_there(params, entry, world, progress):
    """Unregister one dead server on the configuration server, unless a look that is made first shows that it is gone, or alive."""
    name = entry["name"]
    with progress.step(name, "look once more before the configuration server forgets it"):
        if _is_gone(entry, world, world.view.look(entry)):
            return
    with world.tool_is_free, progress.step(name, "unregister on the configuration server") as line:
        # Behind many servers the tool is free after an hour only: time enough for this one to come back.
        if _is_gone(entry, world, world.view.recent_look(entry)):
            return
        try:
            channel = configuration_server_channel.open_channel(params, world.view.configuration_server_address)
            try:
                line["detail"] = _ask(channel, entry)
            finally:
                channel.close()
        except AsrError as error:
            if not isinstance(error, Refusal):
                error.cure = f"{error.cure.rstrip('.')}. {unregistration_plan.by_hand(entry)}".lstrip(". ")
            raise


def _is_gone(entry, world, sighting):
    """Whether nothing is left to unregister; a `Refusal` where the server must stay.

    What the configuration server says now counts, not what the vault showed when the task began.
    """
    if sighting.status == "absent":
        return True
    if sighting.status == "registered":
        said = f"it gives heartbeats again, the last one {sighting.heartbeat_age} s ago"
        raise Refusal(f"unregistering {entry['name']}", said=said, cure="Run again, which unregisters it on the server itself")
    refusal = unregistration_plan.in_use(entry, world, sighting.server)
    if refusal is not None:
        raise refusal
    if not world.may_ask:
        heard = sighting.server.get("lastHeartbeat")
        said = f"it cannot be reached and its last heartbeat was at {heard}, so only the configuration server can forget it"
        cure = f"Give configuration_server_winrm, or mend the way to it. {unregistration_plan.by_hand(entry)}"
        raise Refusal(f"unregistering {entry['name']}", said=said, cure=cure)
    return False


def _ask(channel, entry):
    """The row that was unregistered, in the tool's own words."""
    asked = _run(channel, entry, None, None)
    if asked["exit_code"] is not None and unregistration_tool.has_unregistered(entry, asked):
        # As its first versions did: they asked nothing (older revisions of the page know no prompt).
        return "without a question"
    number, row = unregistration_tool.serial_number(entry, asked)
    unregistration_tool.refuse_outcome(entry, _run(channel, entry, asked["output"], number))
    return row


def _run(channel, entry, expected, answer):
    parameters = {"ip_address": entry["private_ip_address"], "expected": expected, "answer": answer}
    limits = {"quiet_seconds": QUIET_SECONDS, "limit_seconds": LIMIT_SECONDS}
    return channel.run("run_unregister_tool", {**parameters, **limits}, timeout=LIMIT_SECONDS + 60)
