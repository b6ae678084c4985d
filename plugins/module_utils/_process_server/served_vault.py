# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which vault a server of ours works for, as a tag on its machine says. Pure; private to this collection.

A vault knows its own process servers only: asked of the wrong one, a server that carries machines looks like one that
nobody uses. The tag is set when a server is registered or upgraded and goes when its software does (`unfinished.Mark`).
A machine without it, which somebody adopted or set up by hand, says nothing.
"""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import entries, resource_ids

TAG = entries.VAULT_TAG


def vault_id(azure, params):
    """The id of the vault that a task names."""
    return resource_ids.build(azure.vault_subscription_id, params["vault_resource_group"], "Microsoft.RecoveryServices/vaults", params["vault_name"])


def another(machine, vault):
    """The vault that a machine, as Azure shows it, says it works for, where that is not ``vault``; else an empty text."""
    # The names of tags are without case in Azure.
    named = next((value for name, value in ((machine or {}).get("tags") or {}).items() if name.lower() == TAG), "")
    return "" if not named or resource_ids.same(named, vault) else named


def said(other):
    """What speaks against doing something to a machine that works for the vault ``other``, and what to do."""
    return (
        f"its tag {TAG} says that it works for another vault, {other}",
        "Name that vault, which knows whether the server is in use. If it does not list the server any more, remove the tag "
        f"{TAG} from the machine and run again",
    )
