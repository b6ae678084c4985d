# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests to Microsoft.RecoveryServices, one function each: dicts as on the wire. Decides nothing; private to this
collection.

The vault stands in ``session.vault_subscription_id``.
"""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._azure import operations
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._azure.errors import guarded

# A stable version of the vault's own API, which none of our libraries has; all we read was there long before.
VAULT_API_VERSION = "2024-04-01"


def get_vault(session, resource_group, vault):
    """The vault or `None`."""
    return session.get(
        _vault_path(session, resource_group, vault),
        VAULT_API_VERSION,
        tried="reading the vault",
        on=_words(resource_group, vault),
    )


def list_fabrics(session, resource_group, vault):
    """All fabrics of the vault, of every kind; a vault that is not there is an error."""
    client = _client(session).replication_fabrics
    return guarded(
        "listing the fabrics",
        _words(resource_group, vault),
        lambda: [item.as_dict() for item in client.list(resource_group, vault)],
    )


def get_fabric(session, resource_group, vault, fabric):
    """One fabric or `None`."""
    client = _client(session).replication_fabrics
    return _dict(
        guarded(
            "reading the fabric",
            f"{_words(resource_group, vault)}, {fabric}",
            lambda: client.get(resource_group, vault, fabric),
            absent=True,
        )
    )


def list_providers(session, resource_group, vault, fabric):
    """The Site Recovery providers of a fabric; a configuration server has one."""
    client = _client(session).replication_recovery_services_providers
    on = f"{_words(resource_group, vault)}, {fabric}"
    return guarded(
        "listing the providers",
        on,
        lambda: [item.as_dict() for item in client.list_by_replication_fabrics(resource_group, vault, fabric)],
    )


def list_all_providers(session, resource_group, vault):
    """The Site Recovery providers of all fabrics of the vault."""
    client = _client(session).replication_recovery_services_providers
    return guarded(
        "listing the providers",
        _words(resource_group, vault),
        lambda: [item.as_dict() for item in client.list(resource_group, vault)],
    )


def list_policies(session, resource_group, vault):
    """All replication policies of the vault."""
    client = _client(session).replication_policies
    return guarded(
        "listing the replication policies",
        _words(resource_group, vault),
        lambda: [item.as_dict() for item in client.list(resource_group, vault)],
    )


def refresh_provider(session, resource_group, vault, fabric, provider):
    """Ask a configuration server for its present state; the `Operation` to follow, or `None`."""
    begin = _client(session).replication_recovery_services_providers.begin_refresh_provider
    return operations.submit(
        begin,
        resource_group,
        vault,
        fabric,
        provider,
        what="refreshing the configuration server",
        on=f"{_words(resource_group, vault)}, {fabric}",
    )[0]


def reassociate_gateway(session, resource_group, vault, fabric, body):
    """Move replication from one process server of a configuration server to another; the `Operation` to follow, or
    `None`. What it answers is not what is documented: read the fabric anew."""
    begin = _client(session).replication_fabrics.begin_reassociate_gateway
    return operations.submit(
        begin,
        resource_group,
        vault,
        fabric,
        body,
        what="changing the process server",
        on=f"{_words(resource_group, vault)}, {fabric}",
    )[0]


def list_running_jobs(session, resource_group, vault):
    """The Site Recovery jobs of the vault that have not ended."""
    client = _client(session).replication_jobs
    return guarded(
        "listing the jobs",
        _words(resource_group, vault),
        lambda: [item.as_dict() for item in client.list(resource_group, vault, filter="JobStatus eq 'InProgress'")],
    )


def get_job(session, resource_group, vault, job):
    """One Site Recovery job or `None`."""
    client = _client(session).replication_jobs
    return _dict(
        guarded(
            "reading the job",
            f"{_words(resource_group, vault)}, {job}",
            lambda: client.get(resource_group, vault, job),
            absent=True,
        )
    )


def list_protected_items(session, resource_group, vault):
    """All protected items of the vault."""
    client = _client(session).replication_protected_items
    return guarded(
        "listing the protected items",
        _words(resource_group, vault),
        lambda: [item.as_dict() for item in client.list(resource_group, vault)],
    )


def _client(session):
    return session.site_recovery(session.vault_subscription_id)


def _vault_path(session, resource_group, vault):
    group = f"/subscriptions/{session.vault_subscription_id}/resourceGroups/{resource_group}"
    return f"{group}/providers/Microsoft.RecoveryServices/vaults/{vault}"


def _words(resource_group, vault):
    return f"vault {resource_group}/{vault}"


def _dict(model):
    return None if model is None else model.as_dict()
