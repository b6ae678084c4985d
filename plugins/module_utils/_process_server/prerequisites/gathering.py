# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads everything the checks look at: a constant number of requests, and one per address, group, region and image. Private to this collection.

In three rounds, each of them all at once: what needs nothing but the list, what needs the networks and the fabrics, and
what needs the answers to that. A reading that fails is a fact too: it says why something is not known.
"""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils import _fleet
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._azure import (
    access,
    compute,
    network,
    site_recovery,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import (
    configuration_server_channel,
    configuration_servers,
    passphrase,
    resource_ids,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites import (
    on_premises,
    probes,
    scopes,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.addresses import (
    parse,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.configuration_server import (
    chosen,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.facts import (
    Fact,
    Facts,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.images import (
    agreement_key,
    plan_of,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.needs import (
    all_needs,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.permissions import (
    resources_to_ask,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.placement import (
    image_key,
    is_registered,
    place,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.reachability import (
    PORT,
)

PERMISSIONS_API_VERSION = "2022-04-01"
# One version that both providers of images of one's own have: Microsoft.Compute/images and galleries.
OWN_IMAGE_API_VERSION = "2024-03-01"
GALLERY_API_VERSION = "2023-07-03"


def gather(azure, params, entries, now=configuration_servers.utc_now):
    """All `Facts` for the entries. Raises only what makes every reading fail alike: no way to sign in, no way to Azure."""
    facts = Facts(now=now())
    _together(facts, _first(azure, params, entries), must_answer=True)
    fabric = chosen(facts.fabrics, params)
    places = [place(entry, facts) for entry in entries]
    _together(facts, _second(azure, params, facts, places, fabric))
    _together(facts, _third(azure, params, facts, places, fabric))
    return facts


def configuration_server_address(params, fabric):
    """Where the configuration server is reached: as given, or as it registered itself."""
    return params.get("configuration_server_address") or (configuration_servers.address(fabric) if fabric else "")


def _together(facts, readings, must_answer=False):
    """Run all readings at the same time. A reading is (kind, key or `None`, function)."""
    outcomes = _fleet.run_all(readings, lambda reading: reading[2](), name=lambda reading: reading[0])
    errors = [outcome.error for outcome in outcomes if outcome.error]
    if must_answer and len(errors) == len(outcomes) and _is_one_cause(errors):
        raise errors[0]
    for (kind, key, _function), outcome in zip(readings, outcomes, strict=True):
        known = outcome.result if isinstance(outcome.result, Fact) else Fact(outcome.result)
        _keep(facts, kind, key, Fact(unknown=_sentence(outcome.error)) if outcome.error else known)


def _keep(facts, kind, key, fact):
    if key is None:
        setattr(facts, kind, fact)
    elif kind == "connections":
        facts.connections[key] = fact.value
    else:
        getattr(facts, kind)[key] = fact


def _sentence(error):
    """An error as evidence, which goes on after it."""
    return str(error).rstrip(".")


def _is_one_cause(errors):
    """Signing in failed, whatever was to be read with it; or nothing of Azure answers at all."""
    return len({error.tried for error in errors}) == 1 or {error.code for error in errors} == {"no answer"}


def _first(azure, params, entries):
    vault = (params["vault_resource_group"], params["vault_name"])
    readings = [
        ("vault", None, lambda: site_recovery.get_vault(azure, *vault)),
        ("fabrics", None, lambda: site_recovery.list_fabrics(azure, *vault)),
    ]
    machines = dict.fromkeys(entry["subscription_id"].lower() for entry in entries)
    networks = dict.fromkeys(scopes.subscription_of(entry["virtual_network"]).lower() for entry in entries)
    for one in machines:
        readings.append(("machines", one, lambda one=one: compute.list_virtual_machines(azure, one)))
    for one in networks:
        readings.append(("networks", one, lambda one=one: network.list_virtual_networks(azure, one)))
        readings.append(("interfaces", one, lambda one=one: network.list_network_interfaces(azure, one)))
    for scope in _groups(params, entries):
        where = (scopes.subscription_of(scope), scopes.group_name_of(scope))
        readings.append(("permissions", scope, lambda where=where: access.permissions(azure, *where)))
    return readings


def _groups(params, entries):
    """The ids of all resource groups in which something is made, joined or read."""
    found = [scopes.group_id(params["vault_subscription_id"], params["vault_resource_group"])]
    for entry in entries:
        found.append(scopes.group_id(entry["subscription_id"], entry["resource_group"]))
        linked = [entry["virtual_network"], entry.get("network_security_group"), entry.get("key_vault_id")]
        found += [scopes.group_of(one) for one in linked if one]
    return list(dict.fromkeys(found))


def _second(azure, params, facts, places, fabric):
    readings = _of_the_configuration_server(azure, params, fabric)
    if (params.get("installer") or {}).get("url"):
        readings.append(("installer", None, lambda: probes.ask_installer(params["installer"]["url"])))
    for subscription, region in dict.fromkeys(
        (one.entry["subscription_id"].lower(), one.region) for one in places if one.region
    ):
        key = (subscription, region)
        readings.append(("usages", key, lambda key=key: compute.list_usages(azure, *key)))
        readings.append(("sizes", key, lambda key=key: compute.list_sizes(azure, *key)))
    for key, one in {image_key(one.entry, one.region): one for one in places if one.region}.items():
        readings.append(("images", key, lambda one=one: _image(azure, one)))
    for one in places:
        readings += _of_the_network(azure, one)
    readings += _of_the_machines(azure, facts, places, fabric)
    for group in dict.fromkeys(
        group for one in places if one.network.value for group in on_premises.gateway_groups(one.network.value)
    ):
        readings.append(("gateways", group, lambda group=group: network.list_gateways(azure, *group)))
    for other in _remote_subscriptions(facts, places):
        readings.append(("networks", other, lambda other=other: network.list_virtual_networks(azure, other)))
    return readings


def _of_the_configuration_server(azure, params, fabric):
    readings = []
    if fabric:
        readings.append(
            (
                "providers",
                None,
                lambda: site_recovery.list_providers(
                    azure, params["vault_resource_group"], params["vault_name"], fabric["name"]
                ),
            )
        )
    address = configuration_server_address(params, fabric)
    if address:
        readings.append(("connections", (address, PORT), lambda: probes.connect(address, PORT)))
    winrm = params.get("configuration_server_winrm")
    if winrm and params.get("passphrase") and (winrm.get("address") or address):
        readings.append(("passphrase_is_right", None, lambda: _compare(params, address)))
    return readings


def _compare(params, address):
    """`True`, `False`, or what was given wrongly for the asking; anything else is a reason why it is not known."""
    try:
        return passphrase.compare(params, address)
    except AsrError as error:
        if error.code in configuration_server_channel.GIVEN_WRONGLY:
            return _sentence(error)
        raise


def _image(azure, place):
    image = place.entry["image"]
    if image.get("id"):
        version = GALLERY_API_VERSION if "/galleries/" in image["id"].lower() else OWN_IMAGE_API_VERSION
        return azure.get(image["id"], version, tried="reading the image", on=image["id"])
    return compute.get_image(
        azure,
        place.entry["subscription_id"],
        place.region,
        image["publisher"],
        image["offer"],
        image["sku"],
        image["version"],
    )


def _of_the_network(azure, place):
    """Whether the address is free; not asked where the network or the address cannot be meant."""
    address = parse(place.entry["private_ip_address"])
    if place.network.value is None or address is None:
        return []
    where = (
        scopes.subscription_of(place.network_id),
        scopes.group_name_of(place.network_id),
        scopes.name_of(place.network_id),
        str(address),
    )
    return [("addresses", (place.network_id.lower(), str(address)), lambda: network.check_ip_address(azure, *where))]


def _of_the_machines(azure, facts, places, fabric):
    """Machines that are there and still to be registered: do they run, does their WinRM port answer."""
    waiting = [
        one
        for one in places
        if one.deployed
        and one.entry["method"] != "configuration_tool"
        and not is_registered(one.entry, fabric, facts.now)
    ]
    readings = []
    for subscription in dict.fromkeys(one.entry["subscription_id"].lower() for one in waiting):
        readings.append(
            (
                "states",
                subscription,
                lambda subscription=subscription: compute.list_virtual_machine_statuses(azure, subscription),
            )
        )
    for one in waiting:
        if one.entry["channel"] == "winrm" and not one.entry.get("winrm_proxy"):
            target = (one.entry["private_ip_address"], one.entry["winrm_port"])
            readings.append(("connections", target, lambda target=target: probes.connect(*target)))
    return readings


def _remote_subscriptions(facts, places):
    """Subscriptions of networks whose gateways are used through peering, as far as they were not read yet."""
    found = [
        scopes.subscription_of(remote).lower()
        for one in places
        if one.network.value
        for remote in on_premises.remotes(one.network.value)
    ]
    return [one for one in dict.fromkeys(found) if one not in facts.networks]


def _third(azure, params, facts, places, fabric):
    readings = []
    for key, (subscription, plan) in _plans(facts, places).items():
        readings.append(
            (
                "agreements",
                key,
                lambda subscription=subscription, plan=plan: access.marketplace_agreement(
                    azure, subscription, plan["publisher"], plan["product"], plan["name"]
                ),
            )
        )
    for group in _remote_gateway_groups(facts, places):
        readings.append(("gateways", group, lambda group=group: network.list_gateways(azure, *group)))
    for resource in resources_to_ask(facts, all_needs(places, params, fabric, facts.now)):
        readings.append(("permissions", resource.lower(), lambda resource=resource: _permissions_at(azure, resource)))
    return readings


def _plans(facts, places):
    found = {}
    for one in places:
        plan = plan_of(facts.of("images", image_key(one.entry, one.region)).value)
        if plan:
            found[agreement_key(one.entry, plan)] = (one.entry["subscription_id"], plan)
    return found


def _remote_gateway_groups(facts, places):
    groups = []
    for one in places:
        for remote in on_premises.remotes(one.network.value or {}):
            listed = facts.of("networks", scopes.subscription_of(remote).lower())
            found = next((other for other in listed.value or [] if resource_ids.same(other["id"], remote)), None)
            groups += on_premises.gateway_groups(found) if found else []
    return [group for group in dict.fromkeys(groups) if group not in facts.gateways]


def _permissions_at(azure, resource):
    """The roles that hold on one resource, whatever scope they were given at."""
    answer = azure.get(
        f"{resource}/providers/Microsoft.Authorization/permissions",
        PERMISSIONS_API_VERSION,
        tried="reading the permissions",
        on=resource,
    )
    return (answer or {}).get("value") or []
