# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the list entry by entry, so that one flaw hides no other. Pure; private to this collection.

The modules that act refuse a list with any flaw as a whole (`entries.normalize`). Here a flawed name, credential or
address is a check like all others, and whatever else can be said of its entry is said all the same.
"""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import entries, names
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.addresses import (
    parse,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.check import failed

NAME = "options"

# Option -> what is wrong with a value, empty when nothing is. Each has a check of its own.
CHECKED_LATER = {
    "name": names.name_problem,
    "admin_username": names.user_name_problem,
    "admin_password": names.password_problem,
    "private_ip_address": lambda text: "" if parse(text) else "it is no IPv4 address",
}


def read(params):
    """The complete entries, and a failed check for each entry that cannot be made sense of; `Refusal` for an empty list."""
    if not params.get("process_servers"):
        entries.normalize(params)
    readable, checks = [], []
    for index, one in enumerate(params["process_servers"]):
        name = _given(one, params, "name") or f"entry {index + 1}"
        try:
            readable.append(_complete(one, params))
        except Refusal as refusal:
            checks.append(
                failed(
                    NAME,
                    name,
                    _without_label(refusal.said, name),
                    "Correct the entry; nothing else can be checked of it",
                )
            )
    return readable, checks


def _complete(one, params):
    flawed = {
        option: value
        for option, flaw in CHECKED_LATER.items()
        if (value := _given(one, params, option)) and flaw(value)
    }
    alone = {
        **params,
        "process_servers": [_without(one, flawed)],
        "process_server_defaults": _without(params.get("process_server_defaults") or {}, flawed),
    }
    (complete,) = entries.normalize(alone, tuple(option for option in entries.REQUIRED if option not in flawed))
    return {**complete, **flawed}


def _given(one, params, option):
    return one.get(option) or (params.get("process_server_defaults") or {}).get(option)


def _without(options, flawed):
    return {option: value for option, value in options.items() if option not in flawed}


def _without_label(said, name):
    """The entry's name stands beside the text already; one whose name is flawed is counted instead, and is alone here."""
    return said.replace(f"{name}: ", "").replace("entry 1: ", "")
