# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Is the vault there. Pure; private to this collection."""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.check import (
    failed,
    ok,
    unknown,
)


def checks(facts, params):
    name = f"vault {params['vault_name']} in group {params['vault_resource_group']}"
    if not facts.vault.known:
        return [unknown("vault", "", facts.vault.unknown, f"Allow Microsoft.RecoveryServices/vaults/read on {name}")]
    if facts.vault.value is None:
        return [
            failed(
                "vault", "", f"{name} is not there", "Correct vault_name, vault_resource_group or vault_subscription_id"
            )
        ]
    return [ok("vault", "", f"{name} is there, in {facts.vault.value.get('location', 'an unnamed region')}")]
