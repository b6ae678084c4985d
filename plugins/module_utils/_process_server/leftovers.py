# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds what this collection made and nobody uses any more: read, judge, tell. Private to this collection."""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils import _arguments
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._azure import compute
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import (
    configuration_servers,
    leftover_machines,
    leftover_parts,
    leftover_registrations,
    leftover_report,
    vm_facts,
    vm_in_use,
)

ARGUMENT_SPEC = {
    **_arguments.AZURE,
    **{name: option for name, option in _arguments.VAULT.items() if name != "configuration_server"},
    "subscription_ids": dict(type="list", elements="str"),
    "older_than_hours": dict(type="float", default=0.0),
}

LISTS = {**vm_facts.LISTS, "statuses": compute.list_virtual_machine_statuses}
WANTED = ("machines", "statuses", "interfaces", "disks", "addresses")


def answer(azure, params, _progress):
    """Five requests for each subscription and two for the vault, however much there is."""
    subscriptions = wanted_subscriptions(params, azure.subscription_id)
    if params["older_than_hours"] < 0:
        raise Refusal("looking for leftovers", said="older_than_hours is negative", cure="Give 0 or more hours")
    readings = [(subscription, name) for subscription in subscriptions for name in WANTED]
    requests = [lambda one=one: LISTS[one[1]](azure, one[0]) for one in readings]
    *answers, use = vm_facts.together(
        [*requests, lambda: vm_in_use.read(azure, params)], lambda request: request()
    )
    lists = {name: [] for name in WANTED}
    for (_subscription, name), found in zip(readings, answers, strict=True):
        lists[name] += found
    return judge(lists, use, params, configuration_servers.utc_now())


def wanted_subscriptions(params, own):
    """The subscriptions to look through; `Refusal` where there is none."""
    found = vm_facts.subscriptions(params.get("subscription_ids"), own)
    if not all(found):
        raise Refusal(
            "looking for leftovers",
            said="no subscription is named",
            cure="Give subscription_ids, or set AZURE_SUBSCRIPTION_ID",
        )
    return found


def judge(lists, use, params, now):
    """The module's answer about what was read. Pure.

    ``lists``: the items of all subscriptions by the names in `WANTED`; ``use``: what the vault says.
    """
    vault = params["vault_name"]
    judged = leftover_machines.judge(lists, use, vault, now)
    found = [one for one in judged if one["reason"] != leftover_machines.IN_USE]
    found += leftover_parts.judge(lists, now)
    found += leftover_registrations.judge(lists, use, now)
    left = [one for one in found if _is_old_enough(one, params["older_than_hours"])]
    in_use = [one for one in judged if one["reason"] == leftover_machines.IN_USE]
    return {
        "leftovers": left,
        "in_use": [{name: one[name] for name in ("name", "id", "evidence")} for one in in_use],
        "machine_hours": leftover_report.machine_hours(left),
        "table": leftover_report.table(left),
        "summary": leftover_report.summary(left, in_use, len(found) - len(left)),
    }


def _is_old_enough(found, hours):
    """What has no known age is never hidden."""
    return found["hours_since_creation"] is None or found["hours_since_creation"] >= hours
