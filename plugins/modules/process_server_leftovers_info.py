#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: process_server_leftovers_info
short_description: Finds process servers, and parts of them, that cost money and carry no work
version_added: 0.1.0
description:
  - Looks through one or several subscriptions for everything that this collection made, by the tag C(azure_dr_owner),
    and names what nobody uses. That is machines that carry no replication, and disks, public addresses and network
    interfaces that belong to no machine.
  - It also names process servers that are still registered with a configuration server, give no heartbeat, and have
    no machine in these subscriptions any more. They cost nothing there and stay listed for ever.
  - Each is told with its evidence, with what it costs (as hours of the machine since its creation, and as what is billed
    beside it), and with what to do. A machine that is deallocated costs its disks only.
  - Whether a machine carries work is read from the vault that is named. A server that works for another vault is told
    as not registered with this one.
  - It takes five requests for each subscription and two for the vault, however much there is, and changes nothing.
extends_documentation_fragment:
  - azure_dr.site_recovery.azure
options:
  vault_name:
    description: The Recovery Services vault that tells which servers carry work, with all of its configuration servers.
    type: str
    required: true
  vault_resource_group:
    description: The resource group of the vault.
    type: str
    required: true
  vault_subscription_id:
    description: The subscription of the vault. Left out, it is O(subscription_id).
    type: str
  subscription_ids:
    description:
      - The ids of the subscriptions to look through.
      - Left out, it is O(subscription_id) alone.
    type: list
    elements: str
  older_than_hours:
    description: Leave out what is younger than this many hours, such as servers that are about to be used. What has no
      known age is never left out.
    type: float
    default: 0
attributes:
  diff_mode:
    description: Changes nothing, so there is no difference to tell.
    support: none
seealso:
  - module: azure_dr.site_recovery.process_server_info
  - module: azure_dr.site_recovery.process_server_vm
  - name: States and billing status of Azure virtual machines
    description: In which states a machine is billed.
    link: https://learn.microsoft.com/azure/virtual-machines/states-billing
author:
  - Azure DR collection authors (@azure-dr)
"""

EXAMPLES = r"""
- name: Look for what is left over, in two subscriptions
  azure_dr.site_recovery.process_server_leftovers_info:
    vault_name: vault-dr
    vault_resource_group: rg-dr
    subscription_ids:
      - 00000000-0000-0000-0000-000000000001
      - 00000000-0000-0000-0000-000000000002
    older_than_hours: 24
  register: found

- name: Show it
  ansible.builtin.debug:
    msg: "{{ found.table + [found.summary] }}"
"""

RETURN = r"""
leftovers:
  description: What is left over, machines first.
  returned: success
  type: list
  elements: dict
  contains:
    kind:
      description: V(virtual_machine), V(disk), V(network_interface), V(public_address) or V(registration).
      type: str
      sample: virtual_machine
    name:
      description: Its name.
      type: str
      sample: ps-app-01
    id:
      description: Its id in Azure, or of a registration its id in Site Recovery.
      type: str
      sample: /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-failback/providers/Microsoft.Compute/virtualMachines/ps-app-01
    subscription_id:
      description: Its subscription, C(null) for a registration.
      type: str
      sample: 00000000-0000-0000-0000-000000000000
    resource_group:
      description: Its resource group, C(null) for a registration.
      type: str
      sample: rg-failback
    location:
      description: Its region, C(null) for a registration.
      type: str
      sample: westeurope
    private_ip_address:
      description: Its private address, where it has one.
      type: str
      sample: 192.0.2.10
    size:
      description: The size of a machine.
      type: str
      sample: Standard_A8_v2
    power_state:
      description: The power state of a machine, C(null) where it is not known.
      type: str
      sample: running
    reason:
      description:
        - Why it is told. A machine can be V(being_made); V(not_registered) with this vault; V(of_another_vault),
          by its tag C(azure_dr_vault); V(idle), that is registered and
          in order with nothing to carry; V(silent), that is idle and without a heartbeat; or
          V(configuration_server_silent), when its configuration server is not heard of and what it last said is old.
        - A part is V(unattached), and a registration is V(machine_gone).
      type: str
      sample: idle
    evidence:
      description: What was seen, in words.
      type: str
      sample: registered with configuration server CS-ONPREM-01, and carries no machine
    created:
      description: When it was made, C(null) where that is not known.
      type: str
      sample: "2026-03-01T09:14:07Z"
    hours_since_creation:
      description: How many hours that is. Hours in which a machine was deallocated count as well.
      type: float
      sample: 24.0
    machine_is_billed:
      description: Whether it is a machine that is billed as such now, so not one that is deallocated.
      type: bool
      sample: true
    costs:
      description: What of it is billed, in words.
      type: str
      sample: machine Standard_A8_v2 (running), 24.0 machine hours since it was made, and 2 disks
    cure:
      description: What to do.
      type: str
      sample: Retire it with the playbook retire_process_servers, if nobody is about to use it
in_use:
  description: The machines of this collection that carry work, and so are not left over.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Its name.
      type: str
      sample: ps-db-01
    id:
      description: Its id.
      type: str
      sample: /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-failback/providers/Microsoft.Compute/virtualMachines/ps-db-01
    evidence:
      description: What it carries.
      type: str
      sample: configuration server CS-ONPREM-01 shows 3 machines on process server ps-db-01 (192.0.2.20)
machine_hours:
  description: Hours since their creation of the machines in RV(leftovers) that are billed now.
  returned: success
  type: float
  sample: 24.0
table:
  description: RV(leftovers) as lines for a terminal, empty where there are none.
  returned: success
  type: list
  elements: str
  sample: [WHAT     NAME       GROUP        WHY   COSTS]
summary:
  description: All of it in a sentence.
  returned: success
  type: str
  sample: "Left over: 1 machine, 1 disk; 24.0 machine hours so far. Not among them: 2 machines in use"
"""

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import leftovers
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._runner import run_info


def main():
    run_info(leftovers)


if __name__ == "__main__":
    main()
