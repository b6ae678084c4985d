# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The list of process servers: merged with its defaults and checked before anything is asked. Pure; private to this
collection."""

from __future__ import annotations

import ipaddress
import re

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import names, resource_ids, sizing

VIRTUAL_NETWORK = "Microsoft.Network/virtualNetworks"
NETWORK_SECURITY_GROUP = "Microsoft.Network/networkSecurityGroups"
KEY_VAULT = "Microsoft.KeyVault/vaults"

OWNER_TAG = "azure_dr_owner"
RUN_TAG = "azure_dr_run"
SETUP_TAG = "azure_dr_setup"
VAULT_TAG = "azure_dr_vault"

# What every entry needs; what a state needs beyond it is checked where that state is decided.
REQUIRED = ("name", "subscription_id", "resource_group", "virtual_network", "subnet", "private_ip_address")

DEFAULTS = {
    "method": "unified_setup",
    # Standard SSD serves every size, the portal's own default among them, which has no premium storage (our inference).
    "os_disk_type": "StandardSSD_LRS",
    "data_disk_type": "StandardSSD_LRS",
    "public_ip_address": False,
    "share_network": False,
    "channel": "winrm",
    "winrm_transport": "ntlm",
    "winrm_port": 5986,
    # On the data drive, as practice has it; the first free letter after those Azure's images use (our inference).
    "install_location": "F:\\ASR",
}

# Unified Setup takes Windows Server 2016 (site-recovery-configuration-and-scaleout-process-server-requirements);
# the other is the gallery's own image, which is registered in its own tool.
IMAGES = {
    "unified_setup": {
        "publisher": "MicrosoftWindowsServer",
        "offer": "WindowsServer",
        "sku": "2016-Datacenter",
        "version": "latest",
    },
    "configuration_tool": {
        "publisher": "MicrosoftAzureSiteRecovery",
        "offer": "Process-Server",
        "sku": "Windows-2012-R2-Datacenter",
        "version": "latest",
    },
}

OPTIONS = (
    "name subscription_id resource_group location virtual_network virtual_network_resource_group subnet "
    "private_ip_address method size "
    "daily_churn_gb machines image os_disk_type data_disk_type data_disk_size_gb public_ip_address "
    "network_security_group tags admin_username "
    "admin_password key_vault_id winrm_certificate_url channel winrm_transport winrm_port winrm_proxy "
    "winrm_certificate_fingerprint "
    "winrm_ca_file install_location share_network"
).split()


def normalize(params, required=REQUIRED):
    """Every entry of ``process_servers`` with all options set, in order; one `Refusal` that lists every problem.

    ``params``: ``process_servers``, ``process_server_defaults``, ``subscription_id``. An entry's own options go before
    the defaults; ``tags`` of both are merged. Of each entry returned: ``virtual_network`` is an id, ``location`` is
    `None` where it is to be the network's, ``image`` is complete, ``data_disk_size_gb`` is ``0`` where no data disk is
    wanted, and ``given`` names the options the user gave, so that what was left out is never a difference.
    """
    given = [_merge(entry, params) for entry in params.get("process_servers") or []]
    if not given:
        raise Refusal("reading process_servers", said="the list is empty", cure="Name at least one process server")
    problems = [
        f"{_label(entry, index)}: {text}" for index, entry in enumerate(given) for text in _problems(entry, required)
    ]
    problems += _clashes(given)
    if problems:
        raise Refusal("reading process_servers", said="; ".join(problems), cure="Correct the list; nothing was touched")
    return [_complete(entry) for entry in given]


def _merge(entry, params):
    """What the user gave for one entry; an empty text, as AWX sends it, is nothing given."""
    defaults = params.get("process_server_defaults") or {}
    merged = {}
    for option in OPTIONS:
        for source in (entry, defaults):
            value = source.get(option)
            if value is not None and value != "":
                merged[option] = value
                break
    if "subscription_id" not in merged and params.get("subscription_id"):
        merged["subscription_id"] = params["subscription_id"]
    if entry.get("tags") or defaults.get("tags"):
        merged["tags"] = {
            str(key): _tag_text(value)
            for key, value in {**(defaults.get("tags") or {}), **(entry.get("tags") or {})}.items()
        }
    if "image" in merged:
        merged["image"] = {key: value for key, value in merged["image"].items() if value}
    return merged


def _tag_text(value):
    # A tag is text in Azure; YAML makes true and 5 of what was meant as such.
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def _label(entry, index):
    return entry.get("name") or f"entry {index + 1}"


def _problems(entry, required):
    yield from (f"{option} is missing" for option in required if option not in entry)
    for check in (
        _name,
        _subscription,
        _network,
        _address,
        _administrator,
        _image,
        _load,
        _key_vault,
        _winrm,
        _disks,
        _security_group,
        _tags,
        _method,
    ):
        yield from check(entry)


def _name(entry):
    problem = names.name_problem(entry["name"]) if "name" in entry else ""
    if problem:
        yield problem


def _subscription(entry):
    identifier = entry.get("subscription_id")
    if identifier and not re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", identifier, re.IGNORECASE):
        yield f"subscription_id {identifier} is not the id of a subscription"


def _network(entry):
    network = entry.get("virtual_network")
    if not network:
        return
    if "/" not in network:
        if "virtual_network_resource_group" not in entry:
            yield f"virtual_network {network} is a name: virtual_network_resource_group is missing, or give the id"
        return
    parsed = resource_ids.parse(network, VIRTUAL_NETWORK)
    if not parsed:
        yield f"virtual_network {network} is not the id of a virtual network"
        return
    # A network interface and its network stand in one subscription (virtual-network-network-interface).
    if entry.get("subscription_id") and not resource_ids.same(parsed["subscription_id"], entry["subscription_id"]):
        yield (
            f"virtual_network is in subscription {parsed['subscription_id']}, the server would be in "
            f"{entry['subscription_id']}"
        )


def _address(entry):
    address = entry.get("private_ip_address")
    if address and _as_address(address) is None:
        yield f"private_ip_address {address} is not an IPv4 address"


def _as_address(text):
    try:
        return ipaddress.IPv4Address(text)
    except ValueError:
        return None


def _administrator(entry):
    for option, check in (("admin_username", names.user_name_problem), ("admin_password", names.password_problem)):
        problem = check(entry[option]) if option in entry else ""
        if problem:
            yield problem


def _image(entry):
    image = entry.get("image")
    if image is None:
        return
    if "id" in image:
        if len(image) > 1:
            yield "image has an id and more: give the id alone, or publisher, offer and sku"
        elif not image["id"].startswith("/"):
            yield f"image.id {image['id']} is not the id of an image"
        return
    lacking = [part for part in ("publisher", "offer", "sku") if part not in image]
    if lacking:
        yield f"image has no {' and no '.join(lacking)}"


def _load(entry):
    for option in ("daily_churn_gb", "machines"):
        if option in entry and entry[option] < 0:
            yield f"{option} is negative"
            return
    if sizing.row_for(entry.get("daily_churn_gb"), entry.get("machines")) is None:
        yield (
            "one process server takes 2 TB of changes a day and 225 machines at most: plan more of them, "
            "with share_network where they are in one network"
        )


def _key_vault(entry):
    vault, url = entry.get("key_vault_id"), entry.get("winrm_certificate_url")
    if bool(vault) != bool(url):
        yield "key_vault_id and winrm_certificate_url belong together: one of them is missing"
    if vault and not resource_ids.parse(vault, KEY_VAULT):
        yield f"key_vault_id {vault} is not the id of a key vault"
    if url and not re.fullmatch(r"https://[^/]+/secrets/[^/]+/[^/?]+", url):
        yield (
            "winrm_certificate_url is not the URL of a secret's version "
            "(https://NAME.vault.azure.net/secrets/NAME/VERSION)"
        )


def _winrm(entry):
    if "winrm_port" in entry and not 1 <= entry["winrm_port"] <= 65535:
        yield f"winrm_port {entry['winrm_port']} is not a port"
    fingerprint = entry.get("winrm_certificate_fingerprint")
    if fingerprint is None:
        return
    digits = _fingerprint(fingerprint)
    if re.fullmatch("[0-9a-f]{40}", digits):
        yield "winrm_certificate_fingerprint has 40 digits, a SHA-1 thumbprint: give the SHA-256 one, which has 64"
    elif not re.fullmatch("[0-9a-f]{64}", digits):
        yield "winrm_certificate_fingerprint is not a SHA-256 fingerprint, 64 hexadecimal digits"


def _fingerprint(text):
    return re.sub("[: ]", "", text).lower()


def _disks(entry):
    if "data_disk_size_gb" in entry and not 0 <= entry["data_disk_size_gb"] <= 32767:
        yield f"data_disk_size_gb {entry['data_disk_size_gb']} is not between 0 and 32767"
    location = entry.get("install_location")
    if location and not re.fullmatch(r'[A-Za-z]:\\[^<>:"/|?*\r\n]+', location):
        yield f"install_location {location} is not a folder on a drive, like F:\\ASR"


def _security_group(entry):
    group = entry.get("network_security_group")
    if group and not resource_ids.parse(group, NETWORK_SECURITY_GROUP):
        yield f"network_security_group {group} is not the id of a network security group"


def _tags(entry):
    # Names up to 512 characters, values up to 256, 50 a resource (azure-resource-manager/management/tag-
    # resources); four are ours, one of them only while a machine is set up.
    tags = entry.get("tags") or {}
    if len(tags) > 46:
        yield f"{len(tags)} tags, 46 are allowed beside the four this collection sets"
    for key, value in tags.items():
        if key.lower() in (OWNER_TAG, RUN_TAG, SETUP_TAG, VAULT_TAG):
            yield f"the tag {key} is this collection's own"
        elif (
            not key
            or len(key) > 512
            or len(value) > 256
            or any(sign in "<>%&\\?/" or not sign.isprintable() for sign in key)
        ):
            yield f"the tag {key[:40]!r} is not one Azure takes"


def _method(entry):
    if entry.get("method") == "configuration_tool" and entry.get("channel") == "run_command":
        yield (
            "Run Command does not serve the gallery image, which is Windows Server 2012 R2: leave channel "
            "out, method configuration_tool needs none"
        )


def _clashes(given):
    """What two entries cannot have in common."""
    groups = (
        ("name", lambda entry: entry["name"].lower() if "name" in entry else None, "the name {0} is used {1}"),
        ("address", lambda entry: entry.get("private_ip_address"), "the address {0} is used {1}, by {2}"),
        # vmware-azure-prepare-failback: one process server in each virtual network; more of them only on purpose.
        (
            "network",
            _network_key,
            "{2} are in one virtual network ({0}): it needs one process server; where one cannot carry all of its machines, "
            "set share_network for each",
        ),
    )
    for what, key, text in groups:
        found = {}
        for index, entry in enumerate(given):
            if key(entry):
                found.setdefault(key(entry), []).append((_label(entry, index), bool(entry.get("share_network"))))
        for value, several in found.items():
            labels = [label for label, _shares in several]
            on_purpose = what == "network" and all(shares for _named, shares in several)
            if len(labels) > 1 and not on_purpose:
                yield text.format(value, _times(len(labels)), " and ".join(labels))


def _times(count):
    return "twice" if count == 2 else f"{count} times"


def _network_key(entry):
    return resource_ids.key(_network_id(entry)) if "virtual_network" in entry else None


def _network_id(entry):
    """The network's id, put together from its name where a name was given."""
    network = entry["virtual_network"]
    if "/" not in network:
        return resource_ids.build(
            entry.get("subscription_id"), entry.get("virtual_network_resource_group"), VIRTUAL_NETWORK, network
        )
    parsed = resource_ids.parse(network, VIRTUAL_NETWORK)
    return (
        resource_ids.build(parsed["subscription_id"], parsed["resource_group"], VIRTUAL_NETWORK, parsed["name"])
        if parsed
        else network
    )


def _complete(given):
    """The entry with everything set that was left out."""
    row = sizing.row_for(given.get("daily_churn_gb"), given.get("machines"))
    entry = {**dict.fromkeys(OPTIONS), **DEFAULTS, **given, "given": tuple(given)}
    entry["size"] = given.get("size") or row.size
    entry["location"] = resource_ids.region(given["location"]) if "location" in given else None
    entry["tags"] = given.get("tags") or {}
    entry["image"] = _whole_image(given.get("image") or IMAGES[entry["method"]])
    if "data_disk_size_gb" not in given:
        # The gallery image brings its own layout; Unified Setup wants a cache disk.
        entry["data_disk_size_gb"] = row.cache_disk_gb if entry["method"] == "unified_setup" else 0
    if "virtual_network" in given:
        entry["virtual_network"] = _network_id(given)
        entry["virtual_network_resource_group"] = resource_ids.parse(entry["virtual_network"])["resource_group"]
    if "winrm_certificate_fingerprint" in given:
        entry["winrm_certificate_fingerprint"] = _fingerprint(given["winrm_certificate_fingerprint"])
    if "private_ip_address" in given:
        entry["private_ip_address"] = str(_as_address(given["private_ip_address"]))
    return entry


def _whole_image(image):
    return dict(image) if "id" in image else {"version": "latest", **image}
