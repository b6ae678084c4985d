# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All checks of the list, asked and answered: what the module returns. Private to this collection."""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils import _arguments
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites import (
    addresses,
    channel,
    configuration_server,
    credentials,
    images,
    installer,
    listing,
    names,
    networks,
    on_premises,
    passphrase_check,
    permissions,
    quota,
    reachability,
    report,
    scenario,
    sizes,
    vault,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.gathering import (
    configuration_server_address,
    gather,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.needs import (
    all_needs,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.placement import (
    place,
)

ARGUMENT_SPEC = {
    **_arguments.AZURE,
    **_arguments.VAULT,
    **_arguments.PROCESS_SERVERS,
    **_arguments.PASSPHRASE,
    **_arguments.CONFIGURATION_SERVER_ACCESS,
    **_arguments.INSTALLER,
    **_arguments.PROGRESS,
}


def answer(azure, params, progress):
    """Every check, whatever the others say: ``checks``, ``passed``, ``summary``, ``table`` and, for reports, ``timeline``."""
    params = {**params, "vault_subscription_id": azure.vault_subscription_id}
    listed, flawed = listing.read(params)
    with progress.step("all", "check the prerequisites") as step:
        facts = gather(azure, params, listed)
        checks = [*judge(facts, params, listed), *flawed]
        step["detail"] = report.summary(checks)
    return {
        "checks": [check.as_dict() for check in checks],
        "passed": report.passed(checks),
        "summary": report.summary(checks),
        "table": report.table(checks),
        "timeline": progress.timeline,
    }


def judge(facts, params, listed):
    """All checks, by subject. Pure."""
    fabric = configuration_server.chosen(facts.fabrics, params)
    places = [place(entry, facts) for entry in listed]
    return [
        *scenario.checks(facts, params),
        *vault.checks(facts, params),
        *configuration_server.checks(facts, params),
        *permissions.checks(facts, all_needs(places, params, fabric, facts.now)),
        *quota.checks(facts, places),
        *sizes.checks(facts, places),
        *images.checks(facts, places),
        *networks.checks(facts, places),
        *addresses.checks(facts, places),
        *names.checks(facts, places, fabric),
        *credentials.checks(facts, places, fabric),
        *on_premises.checks(facts, places),
        *reachability.checks(facts, places, fabric, configuration_server_address(params, fabric)),
        *passphrase_check.checks(facts, params, places, fabric),
        *installer.checks(facts, params, places, fabric),
        *channel.checks(facts, places, fabric),
    ]
