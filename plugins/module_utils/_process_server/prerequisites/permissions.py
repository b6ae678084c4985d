# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""May the account do what the run needs. Pure; private to this collection."""

from __future__ import annotations

import re

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import resource_ids
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites import scopes
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.check import (
    failed,
    ok,
    unknown,
)


def checks(facts, needs):
    """One check per resource group. Deny assignments and locks are not part of what Azure lists here."""
    by_group = {}
    for need in needs:
        by_group.setdefault(scopes.group_of(need.resource), []).append(need)
    return [_check(facts, group, wanted) for group, wanted in by_group.items()]


def resources_to_ask(facts, needs):
    """Ids of resources to ask at as well: a role may be given on a resource alone, which its group does not show."""
    asked = [
        need.resource
        for need in needs
        if not resource_ids.same(need.resource, scopes.group_of(need.resource))
        and _verdict(facts, scopes.group_of(need.resource), need.action) is False
    ]
    return list(dict.fromkeys(asked))


def allows(permissions, action):
    """Whether one of these entries (one per role) has the action and does not take it away itself.

    role-based-access-control/role-definitions: effective are the actions of each role minus its own notActions; roles
    add up. Wildcards stand for any text, case does not count.
    """
    return any(
        _covers(entry.get("actions"), action) and not _covers(entry.get("notActions"), action) for entry in permissions
    )


def _covers(patterns, action):
    return any(
        re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), action, re.IGNORECASE) for pattern in patterns or []
    )


def _verdict(facts, scope, action):
    """Whether it is allowed at the scope, `None` where that could not be read."""
    listed = facts.of("permissions", scope.lower())
    return allows(listed.value or [], action) if listed.known else None


def _check(facts, group, wanted):
    name = f"group {scopes.name_of(group)}"
    listed = facts.of("permissions", group)
    if not listed.known:
        return unknown(
            "permissions",
            "",
            f"what is allowed in {name} could not be read: {listed.unknown}",
            "Allow Microsoft.Authorization/permissions/read, or see for yourself that the role holds "
            + _actions(wanted),
        )
    if listed.value is None:
        return failed("permissions", "", f"{name} is not there", f"Create {name}, or correct its name")
    missing, untold = [], []
    for need in wanted:
        if _verdict(facts, group, need.action):
            continue
        at_resource = None if resource_ids.same(need.resource, group) else _verdict(facts, need.resource, need.action)
        if at_resource:
            continue
        only_at_group = resource_ids.same(need.resource, group)
        (missing if only_at_group or at_resource is False else untold).append(need)
    if missing:
        return failed(
            "permissions",
            "",
            f"not allowed in {name}: {_actions(missing)}",
            f"Give the account a role with these actions on {name}",
        )
    if untold:
        return unknown(
            "permissions",
            "",
            f"not allowed by a role on {name}, and what a role on the resource itself allows could not be read: {_actions(untold)}",
        )
    return ok("permissions", "", f"allowed in {name}: {_actions(wanted)}")


def _actions(needs):
    return ", ".join(dict.fromkeys(need.action for need in needs))
