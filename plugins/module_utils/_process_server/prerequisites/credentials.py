# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Do Azure's rules take the administrator's name and password. Pure; never quotes a password; private to this collection."""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.names import (
    PASSWORD_LENGTHS,
    password_problem,
    user_name_problem,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.check import (
    failed,
    not_applicable,
    ok,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.placement import (
    is_registered,
)

PASSWORD_RULE = f"Give {PASSWORD_LENGTHS[0]} to {PASSWORD_LENGTHS[1]} characters, of lower case, upper case, digits and other signs at least three"


def checks(facts, places, fabric):
    return [check for place in places for check in _of(facts, place, fabric)]


def _of(facts, place, fabric):
    if place.deployed and is_registered(place.entry, fabric, facts.now):
        why = "the machine is there and registered, nobody has to sign in"
        return [not_applicable("admin_username", place.name, why), not_applicable("admin_password", place.name, why)]
    return [
        _verdict("admin_username", place, user_name_problem, "Give a user name that Azure takes"),
        _verdict("admin_password", place, password_problem, PASSWORD_RULE),
    ]


def _verdict(option, place, problem, cure):
    value = place.entry.get(option)
    if not value:
        return failed(option, place.name, f"{option} is not given", f"Give {option}")
    return (
        failed(option, place.name, problem(value), cure)
        if problem(value)
        else ok(option, place.name, "Azure's rules take it")
    )
