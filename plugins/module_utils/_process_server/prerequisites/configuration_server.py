# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Is the configuration server found, the only one meant, alive and connected to Azure. Pure; private to this collection."""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import configuration_servers
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.check import (
    failed,
    ok,
    unknown,
    warning,
)

MEND = "Start the configuration server, see that its services run and that it reaches Azure on TCP 443"


def checks(facts, params):
    if not facts.fabrics.known:
        why = facts.fabrics.unknown
        return [
            unknown(name, "", why)
            for name in ("configuration_server", "configuration_server_heartbeat", "configuration_server_connection")
        ]
    try:
        fabric = configuration_servers.find(
            facts.fabrics.value, params.get("configuration_server"), params["vault_name"]
        )
    except Refusal as refusal:
        why = "it is not known which configuration server is meant"
        return [
            failed("configuration_server", "", refusal.said, refusal.cure),
            unknown("configuration_server_heartbeat", "", why),
            unknown("configuration_server_connection", "", why),
        ]
    return [_found(fabric), _heartbeat(fabric, facts.now), _connection(fabric, facts.providers)]


def chosen(fabrics, params):
    """The configuration server that is meant, or `None` where that is not known; `checks` says why."""
    if not fabrics.known:
        return None
    try:
        return configuration_servers.find(fabrics.value, params.get("configuration_server"), params["vault_name"])
    except Refusal:
        return None


def _found(fabric):
    details = configuration_servers.details(fabric)
    return ok(
        "configuration_server",
        "",
        f"{configuration_servers.friendly_name(fabric)} at {details.get('ipAddress') or 'an address the vault does not tell'}, "
        f"version {details.get('agentVersion') or 'unknown'}",
    )


def _heartbeat(fabric, now):
    name = "configuration_server_heartbeat"
    who = configuration_servers.friendly_name(fabric)
    age = configuration_servers.heartbeat_age(configuration_servers.details(fabric), now)
    if age is None:
        return failed(name, "", f"{who} never sent a heartbeat", MEND)
    seen = f"{who} sent its last heartbeat {age} s ago"
    if configuration_servers.reports(fabric, now):
        return ok(name, "", seen)
    return failed(name, "", f"{seen}; {configuration_servers.OVERDUE_REPORT_SECONDS} s is the limit", MEND)


def _connection(fabric, providers):
    """The state of the fabric and its services, and what the service says of the connection to the provider on it."""
    name = "configuration_server_connection"
    who = configuration_servers.friendly_name(fabric)
    properties = fabric.get("properties", {})
    state = properties.get("bcdrState") or ""
    services = configuration_servers.details(fabric).get("csServiceStatus") or ""
    if state and state.lower() != "valid":
        return failed(name, "", f"the vault calls the registration of {who} {state}", MEND)
    if services and services.lower() != "running":
        return failed(name, "", f"the services of {who} are {services}", MEND)
    if not providers.known:
        return unknown(name, "", f"the connection of its provider could not be read: {providers.unknown}")
    said = [(provider.get("properties") or {}).get("connectionStatus") or "" for provider in providers.value]
    if not any(said):
        return unknown(name, "", f"the vault does not tell whether {who} is connected")
    if "connected" not in [status.lower() for status in said]:
        return failed(name, "", f"the provider on {who} is {', '.join(filter(None, said))}", MEND)
    return _healthy(name, who, properties)


def _healthy(name, who, properties):
    """Connected; what else the service finds wrong with the server is worth reading, and is no reason to stop."""
    seen = f"{who} is connected" + (f", health {properties['health']}" if properties.get("health") else "")
    errors = [
        error.get("errorMessage") or error.get("errorCode") or ""
        for error in properties.get("healthErrorDetails") or []
    ]
    if (properties.get("health") or "").lower() in ("critical", "error"):
        return warning(
            name,
            "",
            "; ".join([seen, *filter(None, errors[:3])]),
            "Read the configuration server's health in the vault",
        )
    return ok(name, "", seen)
