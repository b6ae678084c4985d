# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds a configuration server and its process servers in what the vault shows. Pure; private to this collection."""

from __future__ import annotations

import datetime
import re

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import Refusal

# "None for 15 min" is the documented critical threshold of a heartbeat (vmware-physical-azure-monitor-process-server).
FRESH_HEARTBEAT_SECONDS = 15 * 60

# What the vault shows is the configuration server's last report, and changes take up to 15 minutes to show
# (vmware-azure-manage-process-server); recorded servers that were connected had heartbeats up to 16 minutes old. A report
# is overdue when one of them is missing and a heartbeat's own 15 minutes have passed as well (our inference).
OVERDUE_REPORT_SECONDS = 2 * FRESH_HEARTBEAT_SECONDS

# properties.customDetails.instanceType of a fabric -> what an administrator calls it.
KINDS = {
    "VMware": "classic configuration server",
    "InMageRcm": "modernized replication appliance",
    "VMwareV2": "modernized VMware site",
    "VMM": "VMM server",
    "HyperVSite": "Hyper-V site",
    "Azure": "Azure region",
}


def kind(fabric):
    """The fabric's ``instanceType``; a Hyper-V site of older services has no details at all, and is told by that."""
    details = fabric.get("properties", {}).get("customDetails") or {}
    return details.get("instanceType") or "HyperVSite"


def details(fabric):
    """What the service says of the fabric beyond its name, ``{}`` where it says nothing."""
    return fabric.get("properties", {}).get("customDetails") or {}


def friendly_name(fabric):
    return fabric.get("properties", {}).get("friendlyName") or fabric.get("name", "")


def address(fabric):
    """The address the configuration server registered itself with."""
    return details(fabric).get("ipAddress") or ""


def candidates(fabrics, wanted):
    """The fabrics that ``wanted`` can mean: an id, a fabric name, an internal identifier or a friendly name.

    ``wanted`` empty: every classic configuration server. The more exact names come first: a fabric whose id or name it
    is hides those that merely carry it as a friendly name.
    """
    if not wanted:
        return [fabric for fabric in fabrics if kind(fabric) == "VMware"]
    sought = wanted.rstrip("/").lower()
    exact = [fabric for fabric in fabrics if sought in _exact_names(fabric)]
    return exact or [fabric for fabric in fabrics if friendly_name(fabric).lower() == sought]


def _exact_names(fabric):
    names = (fabric.get("id"), fabric.get("name"), fabric.get("properties", {}).get("internalIdentifier"))
    return {name.rstrip("/").lower() for name in names if name}


def find(fabrics, wanted, vault_name):
    """The one classic configuration server that is meant; `Refusal` for none, for several and for another kind."""
    found = candidates(fabrics, wanted)
    on = f"vault {vault_name}"
    tried = f"finding configuration server {wanted}" if wanted else "finding the configuration server"
    if not found:
        present = ", ".join(sorted(f"{friendly_name(fabric)} ({KINDS.get(kind(fabric), kind(fabric))})" for fabric in fabrics)) or "nothing"
        modernized = not wanted and any(kind(fabric) in ("InMageRcm", "VMwareV2") for fabric in fabrics)
        raise Refusal(
            tried, on=on, said=f"not there; the vault holds {present}", cure=MODERNIZED_CURE if modernized else "Correct configuration_server"
        )
    # One name for a classic and another kind of fabric is no doubt: only the classic one has process servers of its own.
    classic = [fabric for fabric in found if kind(fabric) == "VMware"]
    if len(classic) == 1:
        return classic[0]
    if classic:
        listed = "; ".join(f"{friendly_name(fabric)}, address {address(fabric)}: {fabric.get('id')}" for fabric in classic)
        raise Refusal(
            tried,
            on=on,
            said=f"{len(classic)} configuration servers could be meant: {listed}",
            cure="Give the fabric id of the right one as configuration_server",
        )
    other = found[0]
    name = KINDS.get(kind(other), kind(other))
    cure = MODERNIZED_CURE if kind(other) in ("InMageRcm", "VMwareV2") else "Process servers belong to classic configuration servers only"
    raise Refusal(tried, on=on, said=f"{friendly_name(other)} is a {name}, which takes no failback process server", cure=cure)


# failover-failback-overview-modernized: no separate process server in Azure is needed for reverse replication.
MODERNIZED_CURE = "The modernized architecture needs no process server in Azure: reprotect and fail back through the replication appliance"


def process_servers(fabric):
    """The process servers a classic configuration server reports."""
    return list(details(fabric).get("processServers") or [])


def at_address(fabric, ip_address):
    """Every process server the configuration server reports under this address: none, one, or stale twins."""
    return [server for server in process_servers(fabric) if server.get("ipAddress") == ip_address]


def is_called(server, name):
    """Whether a listed process server has this computer name: a configuration server may know a host by its full name."""
    return (server.get("friendlyName") or "").partition(".")[0].lower() == name.lower()


def this_very_one(fabric, name, ip_address):
    """The process servers of this computer name at this address: two sites may well use the same addresses, or the same names."""
    return [server for server in at_address(fabric, ip_address) if is_called(server, name)]


def under_other_address(fabric, name, ip_address):
    """Process servers of this computer name that were registered with another address."""
    return [server for server in process_servers(fabric) if is_called(server, name) and server.get("ipAddress") != ip_address]


def heartbeat_age(thing, now):
    """Seconds since ``lastHeartbeat``, or ``None`` where there never was one."""
    heartbeat = parse_time(thing.get("lastHeartbeat"))
    return None if heartbeat is None else max(0, round((now - heartbeat).total_seconds()))


def is_fresh(thing, now):
    age = heartbeat_age(thing, now)
    return age is not None and age < FRESH_HEARTBEAT_SECONDS


def reports(fabric, now):
    """Whether the configuration server itself is heard of: its last report is not overdue."""
    age = heartbeat_age(details(fabric), now)
    return age is not None and age < OVERDUE_REPORT_SECONDS


def require_reports(fabric, now, tried):
    """`Refusal` where the configuration server itself is not heard of: nothing can be done through it."""
    if reports(fabric, now):
        return
    age = heartbeat_age(details(fabric), now)
    said = "it never sent a heartbeat" if age is None else f"its last heartbeat was {age} s ago, at {details(fabric)['lastHeartbeat']}"
    cure = "Bring the configuration server up and connect it to Azure, then run again"
    raise Refusal(tried, on=f"configuration server {friendly_name(fabric)}", said=said, cure=cure)


def is_alive(fabric, server, now):
    """Whether a process server gave heartbeats as far as the vault can know: fresh now, or fresh when the report was made.

    The age of a report alone must not make every server behind it look dead.
    """
    if is_fresh(server, now):
        return True
    server_age, report_age = heartbeat_age(server, now), heartbeat_age(details(fabric), now)
    return server_age is not None and reports(fabric, now) and server_age - report_age < FRESH_HEARTBEAT_SECONDS


def parse_time(text):
    """A time as the service writes it (seven decimals, with or without a zone), or ``None`` for its words for "never"."""
    match = re.fullmatch(r"(\d{4})(-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)?", text or "")
    # 0001 and 1753 are how the service writes an unset time; 9999 is its "does not end".
    if not match or match[1] in ("0001", "1753", "9999"):
        return None
    zone = "+00:00" if match[4] in (None, "Z") else match[4]
    return datetime.datetime.fromisoformat(f"{match[1]}{match[2]}.{(match[3] or '0')[:6]:0<6}{zone}").astimezone(datetime.timezone.utc)


def utc_now():
    return datetime.datetime.now(datetime.timezone.utc)
