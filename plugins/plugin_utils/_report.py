# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run did, gathered from the results of our modules. Private to this collection.

Only the fields named here are taken from a result, so that nothing else a module returns can reach a report.
"""

from __future__ import annotations

import datetime

STEP_FIELDS = ("server", "step", "status", "detail", "started", "finished", "seconds")
SERVER_FIELDS = (
    "name",
    "resource_group",
    "location",
    "virtual_network",
    "subnet",
    "private_ip_address",
    "size",
    "configuration_server",
    "process_server_id",
    "state",
    "version",
    "last_heartbeat",
    "heartbeat_age_seconds",
    "hours_since_creation",
    "resources",
    "removed",
)
CHECK_FIELDS = ("check", "server", "result", "evidence", "cure")
FAILURE_FIELDS = ("name", "step", "code", "message", "correlation_id", "cure")


class Report:
    """The tasks of one run; ``as_dict()`` is what the JSON file holds and the page shows."""

    def __init__(self, playbook=""):
        self.playbook = playbook
        self.tasks = []

    def record(self, name, module, result, started, finished, status, check_mode=False):
        """Take what one result of a module of ours says.

        ``status``: changed, unchanged or failed. ``started``, ``finished``: aware datetimes of the task. A task in a loop
        is recorded once for each of its results.
        """
        self.tasks.append(
            {
                "name": name,
                "module": module,
                "status": status,
                "check_mode": bool(check_mode),
                "started": _text(started),
                "finished": _text(finished),
                "seconds": round((finished - started).total_seconds(), 1),
                "timeline": [_only(step, STEP_FIELDS) for step in _dicts(result.get("timeline"))],
                "servers": [
                    {**_only(server, SERVER_FIELDS), "changed": bool(server.get("changed")), "action": str(server.get("action") or "")}
                    for server in _dicts(result.get("process_servers"))
                    if server.get("name")
                ],
                "failures": [_only(failure, FAILURE_FIELDS) for failure in _dicts(result.get("failed_servers"))],
                "checks": [_only(check, CHECK_FIELDS) for check in _dicts(result.get("checks"))],
                # A task that failed as a whole names no server: bad input, or nobody could be asked.
                "error": _only(result["error"], FAILURE_FIELDS) if isinstance(result.get("error"), dict) else None,
            }
        )

    def as_dict(self):
        """The whole run as plain data."""
        return {
            "playbook": self.playbook,
            "started": min((task["started"] for task in self.tasks), default=None),
            "finished": max((task["finished"] for task in self.tasks), default=None),
            # A run may look in check mode at what it then does.
            "check_mode": bool(self.tasks) and all(task["check_mode"] for task in self.tasks),
            "servers": servers_of(self.tasks),
            "tasks": self.tasks,
        }


def servers_of(tasks):
    """Each server once, in the order they came up, as the last task that knows it says; pure.

    ``seconds``: from the start of its first step to the end of its last, over all tasks; ``None`` where it had no step.
    ``outcome``: failed, changed or unchanged, in check mode what would be.
    """
    servers = {}
    acted_on = {server["name"] for task in tasks if not task["module"].endswith("_info") for server in task["servers"]}
    for task in tasks:
        for found in task["servers"]:
            # What merely asks tells more of servers that others act on; alone, it lists those that are there, and no proposals.
            if found["name"] not in acted_on and (acted_on or not found["version"]):
                continue
            server = servers.setdefault(found["name"], {"changed": False})
            # A later task may know less: what it leaves out stays as the earlier one said.
            known = {key: value for key, value in found.items() if value not in (None, "") and key not in ("changed", "action")}
            server.update(known, changed=server["changed"] or found["changed"])
            if found["changed"]:
                server.setdefault("actions", []).append(found["action"])
        for failure in task["failures"]:
            servers.setdefault(failure["name"], {"name": failure["name"], "changed": False})["failure"] = failure
    steps = [step for task in tasks for step in task["timeline"]]
    return [
        {
            **{field: None for field in SERVER_FIELDS},
            "failure": None,
            "actions": [],
            **server,
            "seconds": _seconds([step for step in steps if step.get("server") == name]),
            "outcome": "failed" if "failure" in server else "changed" if server["changed"] else "unchanged",
        }
        for name, server in servers.items()
    ]


def moment(text):
    """The aware datetime of an ISO text in UTC, or ``None``."""
    try:
        return datetime.datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError:
        return None


def state_words(server, check_mode):
    """What the table says of a server's state; pure."""
    if server["failure"]:
        return f"failed: {server['failure'].get('step') or 'before its first step'}"
    if check_mode and server["changed"]:
        return "to do: " + ", ".join(dict.fromkeys(server["actions"]))
    words = str(server["state"] or "unknown")
    return words if server["changed"] else f"{words}, unchanged"


def network_name(server):
    """The network's own name: an id ends with it."""
    return str(server["virtual_network"] or "").rpartition("/")[2]


def heartbeat_words(server):
    """How long ago the configuration server heard of it, when the vault was asked."""
    age = server["heartbeat_age_seconds"]
    return "" if age is None else f"{duration(age)} ago"


def duration(seconds):
    """Seconds as a person says them: 4.2 s, 3 min 20 s, 1 h 5 min; pure."""
    if seconds is None:
        return ""
    if seconds < 60:
        return f"{round(seconds, 1):g} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


# What the type of a resource is called, in the order in which they are told.
KINDS = {"virtualmachines": "machine", "networkinterfaces": "network interface", "publicipaddresses": "public address", "disks": "disk"}


def deletion_words(server, check_mode):
    """What went of a server, or in check mode would go: how many of which kind; pure."""
    ids = server["resources"] if check_mode else server["removed"]
    kinds = [KINDS.get(str(one).split("/")[-2:][0].lower(), "other resource") for one in ids or []]
    counts = [(kinds.count(kind), kind) for kind in [*KINDS.values(), "other resource"]]
    return ", ".join(kind if count == 1 else f"{count} {kind}{'es' if kind.endswith('s') else 's'}" for count, kind in counts if count)


def deletes(report):
    """Whether something of some server was deleted, or would be; pure."""
    return any(server["resources"] or server["removed"] for server in report["servers"])


def hours_words(server):
    """How many hours ago the machine that went was made."""
    return "" if server["hours_since_creation"] is None else str(server["hours_since_creation"])


HEADINGS = ("server", "network", "address", "state", "seconds", "version", "heartbeat")
# Told only where something was, or would be, deleted.
DELETION_HEADINGS = ("machine hours", "deleted")
NUMBERS = ("seconds", "machine hours")


def table(report):
    """The lines of the closing table; pure. ``report``: what `Report.as_dict` returns."""
    check_mode = report["check_mode"]
    more = deletes(report)
    headings = HEADINGS + (DELETION_HEADINGS if more else ())
    rows = [headings] + [
        (
            str(server["name"]),
            network_name(server),
            str(server["private_ip_address"] or ""),
            state_words(server, check_mode),
            "" if server["seconds"] is None else f"{server['seconds']:.1f}",
            str(server["version"] or ""),
            heartbeat_words(server),
            *((hours_words(server), deletion_words(server, check_mode)) if more else ()),
        )
        for server in report["servers"]
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(headings))]
    numbers = [headings.index(name) for name in NUMBERS if name in headings]

    def line(row):
        cells = [cell.rjust(width) if column in numbers else cell.ljust(width) for column, (cell, width) in enumerate(zip(row, widths))]
        return "  ".join(cells).rstrip()

    return [line(rows[0]), line(["-" * width for width in widths]), *map(line, rows[1:])]


def _seconds(steps):
    begin = min(filter(None, (moment(step.get("started")) for step in steps)), default=None)
    end = max(filter(None, (moment(step.get("finished")) for step in steps)), default=None)
    return round((end - begin).total_seconds(), 1) if begin and end else None


def _only(found, fields):
    return {field: found.get(field) for field in fields}


def _dicts(found):
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _text(time):
    return time.astimezone(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
