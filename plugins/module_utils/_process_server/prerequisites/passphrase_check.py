# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Is the passphrase the configuration server's. Pure; the comparing itself is done there; private to this collection."""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.check import (
    failed,
    not_applicable,
    ok,
    unknown,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.placement import (
    is_registered,
)

NAME = "passphrase"
READ_IT = "Read the present one on the configuration server, elevated: genpassphrase.exe -n in %ProgramData%\\ASR\\home\\svsystems\\bin"
GIVE_ACCESS = "Give configuration_server_winrm, or read the passphrase there again; a wrong one ends the registration on the first server"


def checks(facts, params, places, fabric):
    """``facts.passphrase_is_right``: `True`, `False`, or a text that says what was given wrongly for the asking."""
    waiting = [
        place
        for place in places
        if place.entry["method"] == "unified_setup" and not is_registered(place.entry, fabric, facts.now)
    ]
    if not params.get("passphrase"):
        if waiting:
            return [
                failed(
                    NAME,
                    "",
                    f"passphrase is not given, and {', '.join(place.name for place in waiting)} cannot be registered without it",
                    READ_IT,
                )
            ]
        return [not_applicable(NAME, "", "no server is left that would be registered with it")]
    if not params.get("configuration_server_winrm"):
        return [
            unknown(
                NAME,
                "",
                "it is compared on the configuration server itself, and configuration_server_winrm is not given",
                GIVE_ACCESS,
            )
        ]
    answer = facts.passphrase_is_right
    if not answer.known:
        return [unknown(NAME, "", answer.unknown)]
    if answer.value is True:
        return [ok(NAME, "", "the configuration server says that it is equal")]
    if answer.value is False:
        return [failed(NAME, "", "the configuration server says that it is not equal", READ_IT)]
    return [
        failed(
            NAME, "", answer.value, "Correct configuration_server_winrm, with which the registration would end as well"
        )
    ]
