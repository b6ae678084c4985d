#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: process_server_prerequisites_info
short_description: Checks what failback process servers need before anything is deployed
version_added: 0.1.0
description:
  - Answers named checks for the whole list of process servers, each with what was seen and with what to do. All of them are made and reported,
    whatever the others say.
  - Nothing is changed, neither in Azure nor on a server, and nothing that is billed is made. A machine that is there already and was made by this
    collection needs no quota, address or permission any more.
  - A check that could not be made is V(unknown), with the reason, and never V(ok). What the account may not read is an example.
  - The number of requests does not depend on the number of servers, but for one for each address, and some for each resource group, region and image.
  - A failed check does not fail the task. The role P(azure_dr.site_recovery.process_server_prerequisites#role) stops for it.
extends_documentation_fragment:
  - azure_dr.site_recovery.azure
  - azure_dr.site_recovery.vault
  - azure_dr.site_recovery.configuration_server
  - azure_dr.site_recovery.installer
  - azure_dr.site_recovery.process_servers
  - azure_dr.site_recovery.progress
options:
  passphrase:
    description:
      - The connection passphrase of the configuration server, which C(genpassphrase.exe -n) prints there.
        Needed with O(process_servers[].method=unified_setup).
      - It is compared on the configuration server where O(configuration_server_winrm) is given, and nowhere else. The answer is only whether it is equal.
    type: str
attributes:
  check_mode:
    description: Makes the same checks, since it never changes anything.
  diff_mode:
    description: Changes nothing, so shows no difference.
author:
  - Azure DR collection authors (@azure-dr)
"""

EXAMPLES = r"""
- name: Check everything for two process servers
  azure_dr.site_recovery.process_server_prerequisites_info:
    vault_name: vault-dr
    vault_resource_group: rg-dr
    configuration_server: CS-ONPREM-01
    passphrase: "{{ vault_passphrase }}"
    configuration_server_winrm:
      username: CS-ONPREM-01\asradmin
      password: "{{ vault_configuration_server_password }}"
      certificate_fingerprint: "{{ configuration_server_fingerprint }}"
    installer:
      url: https://download.example.com/MicrosoftAzureSiteRecoveryUnifiedSetup.exe
      sha256: "{{ unified_setup_sha256 }}"
      size_bytes: 562036736
      version: 9.62.7096.1
    process_server_defaults:
      resource_group: rg-failback
      virtual_network_resource_group: rg-network
      subnet: failback
      admin_username: psadmin
      admin_password: "{{ vault_admin_password }}"
    process_servers:
      - name: ps-app-01
        virtual_network: vnet-app
        private_ip_address: 192.0.2.10
      - name: ps-db-01
        virtual_network: vnet-db
        private_ip_address: 198.51.100.10
  register: prerequisites

- name: Show all checks
  ansible.builtin.debug:
    var: prerequisites.table
"""

RETURN = r"""
checks:
  description: All checks, by subject and then in the order of the list.
  returned: success
  type: list
  elements: dict
  contains:
    check:
      description: The name of the check, which does not change between releases.
      type: str
      sample: quota
    server:
      description: The server it is about, empty for what concerns all of them.
      type: str
      sample: ps-app-01
    result:
      description:
        - V(ok), V(failed), V(warning) for what does not stop a deployment, V(unknown) for what could not be found out, or V(not_applicable).
      type: str
      sample: failed
    evidence:
      description: What was seen, or why it is not known.
      type: str
      sample: "westeurope, Total Regional vCPUs: 24 needed for all servers, 10 free (90 of 100 in use)"
    cure:
      description: What to do, empty where nothing is to be done.
      type: str
      sample: Ask for more in the portal (Quotas), take smaller sizes, or place servers in another region
passed:
  description: Whether no check failed. Warnings and what is unknown do not count as failed.
  returned: success
  type: bool
  sample: true
summary:
  description: How many checks had each result.
  returned: success
  type: str
  sample: "41 checks: 1 warning, 4 unknown, 36 ok"
table:
  description: The same as lines of text for a terminal.
  returned: success
  type: list
  elements: str
  sample:
    - RESULT  CHECK     SERVER  EVIDENCE
    - ok      scenario  all     "CS-ONPREM-01: classic configuration server (instanceType VMware)"
timeline:
  description: How long the checking took, for reports.
  returned: success
  type: list
  elements: dict
  sample: [{"server": "all", "step": "check the prerequisites", "status": "finished", "seconds": 3.2}]
error:
  description: The error that kept the checks from being made, as a credential that is missing or wrong, or an incomplete list.
  returned: failure
  type: dict
  sample: {"step": "", "code": "AADSTS7000215", "message": "signing in to Azure.", "correlation_id": "", "cure": ""}
"""

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites import answer
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._runner import run_info


def main():
    run_info(answer)


if __name__ == "__main__":
    main()
