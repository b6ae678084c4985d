#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: failback_plan_info
short_description: Tells what to prepare so that failed-over machines can come home
version_added: 0.1.0
description:
  - Reads a vault once, and answers where every failed-over machine runs, through which configuration server it must come back, and what keeps it from that.
  - From that it proposes one process server for each virtual network, with name, free address, size by Microsoft's sizing table, region and resource
    group, and tells of the master targets, the expected duration and the machine hours. Process servers that are there already are adopted.
  - It gives the text of a plan file, which the playbook C(azure_dr.site_recovery.prepare_failback) takes as it is, and compares a plan with
    the world before that one is applied.
  - Each fabric of the vault is told apart as classic, modernized, VMM, Hyper-V site or Azure region, with what of it is retired since when, and what is
    still possible. Modernized fabrics need no process server.
  - Nothing is changed, in Azure or in a file. It takes four requests to the vault, four to each subscription in which machines run, and one for each
    address that is proposed, however many machines there are. Where a machine is on its way home, the subscriptions of the sign-in, of the vault and
    of O(planned) count as well, since the vault no longer says where it runs.
  - What cannot be read, as a subscription that the account may not see, is told as V(unknown), and never as in order.
extends_documentation_fragment:
  - azure_dr.site_recovery.azure
  - azure_dr.site_recovery.vault
  - azure_dr.site_recovery.process_servers
options:
  configuration_server:
    description:
      - The configuration server to plan for, by its friendly name, its fabric name or its fabric id. Where two have one friendly name, the fabric id is
        needed.
      - Left out, it is the only one that has machines in Azure. Where several have some, nothing is planned, and they are named.
      - With O(planned) it is the one that is to be used, and another than that of the plan is a difference.
    type: str
  subnet:
    description:
      - The name of the subnet in which new process servers are to be, in every network that has one of this name with room.
      - Left out, and in other networks, it is the one in which most of the network's machines are, else the first with room. Subnets of Azure's own
        services and delegated ones are never taken.
    type: str
  resource_group:
    description: The resource group for new process servers. Left out, it is the one in which most machines of the network are.
    type: str
  name_prefix:
    description: How the names of new process servers begin, with at most 6 letters, digits and hyphens.
    type: str
    default: ps
  daily_change_percent:
    description:
      - How much of its disks a machine is taken to change in a day, where the vault does not show what it changed.
      - The default is what the largest row of the sizing table has, 2 TB a day for 225 machines of 300 GB.
    type: float
    default: 3.0
  bandwidth_mbps:
    description:
      - How many megabit a second are free for the way home of all machines together. Durations and machine hours are estimated with it.
      - Left out, they are unknown.
    type: float
  drill_margin_hours:
    description: How many hours each process server is to run beside the transfer itself, for a rehearsal and to be taken away after it.
    type: int
    default: 24
  plan_file:
    description:
      - A file in which the plan may be kept. It is read and judged in RV(file), and never written here.
    type: path
  planned:
    description:
      - What a plan was based on, its variable C(failback_plan). With it nothing is proposed, and RV(differences) tells what has moved since.
    type: dict
  process_servers:
    description:
      - The list of process servers that is to be applied with O(planned). Their addresses are compared with the world, and what the plan itself has
        made already is no difference.
      - Nothing is proposed from it.
    required: false
attributes:
  check_mode:
    description: Tells the same, since it never changes anything.
  diff_mode:
    description: Changes nothing, so there is no difference to tell.
    support: none
seealso:
  - name: Prepare for reprotection and failback
    description: Why every virtual network needs a process server.
    link: https://learn.microsoft.com/azure/site-recovery/vmware-azure-prepare-failback
author:
  - Azure DR collection authors (@azure-dr)
"""

EXAMPLES = r"""
- name: Tell what to prepare
  azure_dr.site_recovery.failback_plan_info:
    vault_name: vault-dr
    vault_resource_group: rg-dr
    bandwidth_mbps: 500
  register: failback

- name: Show it
  ansible.builtin.debug:
    var: failback.table

- name: Name the machines that something keeps from coming home
  ansible.builtin.debug:
    msg: "{{ failback.machines | rejectattr('verdict', 'equalto', 'ready') | map(attribute='name') }}"

- name: Compare a plan with the world
  azure_dr.site_recovery.failback_plan_info:
    vault_name: vault-dr
    vault_resource_group: rg-dr
    planned: "{{ failback_plan }}"
    process_servers: "{{ process_servers }}"
  register: compared
  failed_when: not compared.still_holds
"""

RETURN = r"""
fabrics:
  description: The fabrics of the vault, each with what holds for its kind.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Its friendly name, which others may have as well.
      type: str
      sample: CS-ONPREM-01
    id:
      description: Its id.
      type: str
      sample: /Subscriptions/0/resourceGroups/rg-dr/providers/Microsoft.RecoveryServices/vaults/vault-dr/replicationFabrics/5d1e
    fabric_name:
      description: Its name in the vault.
      type: str
      sample: 5d1e
    instance_type:
      description: What the service calls its kind.
      type: str
      sample: VMware
    kind:
      description: The same in words.
      type: str
      sample: classic configuration server
    scenario:
      description: V(classic), V(modernized), V(vmm), V(hyper_v_site), V(azure) or V(unknown).
      type: str
      sample: classic
    process_server_needed:
      description: Whether its machines need a process server in Azure to fail back.
      type: bool
      sample: true
    retired_since:
      description: The month since which something of it is retired, C(null) where nothing is.
      type: str
      sample: 2026-03
    retired:
      description: What of it is retired.
      type: str
      sample: Microsoft's support of the classic scenario ended in March 2026
    still_possible:
      description: What is still possible.
      type: str
      sample: Machines that are failed over cannot move to the modernized scenario before they failed back
    playbook:
      description: The playbook that serves its machines, C(null) where there is none.
      type: str
      sample: prepare_failback
    playbook_note:
      description: What there is to say of that playbook, as that it is not part of this collection yet.
      type: str
      sample: ""
    source:
      description: The pages of Microsoft's documentation that say so.
      type: list
      elements: str
      sample: [vmware-physical-azure-classic-deprecation]
    connected:
      description: Whether the configuration server was heard of lately. C(null) for other kinds.
      type: bool
      sample: true
    machines:
      description: How many machines are replicated by it.
      type: int
      sample: 12
    failed_over:
      description: How many of them run in Azure.
      type: int
      sample: 12
machines:
  description: Every machine that runs in Azure.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Its name in the vault.
      type: str
      sample: app-front-01
    id:
      description: The id of its protected item.
      type: str
      sample: /Subscriptions/0/resourceGroups/rg-dr/providers/Microsoft.RecoveryServices/vaults/vault-dr/replicationFabrics/5d1e/…/replicationProtectedItems/1
    configuration_server:
      description: The fabric through which it must come back. No other can take it.
      type: str
      sample: CS-ONPREM-01
    fabric_id:
      description: The id of that fabric.
      type: str
      sample: /Subscriptions/0/resourceGroups/rg-dr/providers/Microsoft.RecoveryServices/vaults/vault-dr/replicationFabrics/5d1e
    scenario:
      description: The scenario of that fabric.
      type: str
      sample: classic
    state:
      description: V(commit_pending), V(failed_over) or V(reprotected), which is on its way home already.
      type: str
      sample: failed_over
    verdict:
      description:
        - V(ready); V(blocked) by something that can be cured; V(unknown) where something could not be read; V(no_way_back), as for a machine that was
          deleted; V(not_needed) where the scenario takes no process server.
      type: str
      sample: ready
    os_type:
      description: The kind of its operating system.
      type: str
      sample: Windows
    disk_count:
      description: How many of its disks are replicated.
      type: int
      sample: 2
    disks_gb:
      description: Their size.
      type: float
      sample: 192.0
    daily_churn_gb:
      description: How much it changes in a day, as the vault shows it. C(null) where it does not. That the figure is one of a day is our inference.
      type: float
      sample: 2.1
    failed_over_at:
      description: When it was failed over.
      type: str
      sample: "2026-03-02T09:14:07Z"
    replication_group:
      description: Its replication group, C(null) where it has none.
      type: str
      sample: application
    virtual_machine_id:
      description: The machine in Azure.
      type: str
      sample: /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-failback/providers/Microsoft.Compute/virtualMachines/app-front-01
    power_state:
      description: Whether it runs, C(null) where Azure does not say.
      type: str
      sample: running
    virtual_network:
      description: The virtual network it runs in.
      type: str
      sample: /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-network/providers/Microsoft.Network/virtualNetworks/vnet-app
    subnet:
      description: The subnet it runs in.
      type: str
      sample: failback
    private_ip_address:
      description: Its address.
      type: str
      sample: 192.0.2.20
    place_known_from:
      description: C(its network interface), or C(the vault), which only knows where it was meant to run.
      type: str
      sample: its network interface
    master_target:
      description: The master target that can take it.
      type: str
      sample: CS-ONPREM-01
    obstacles:
      description: What keeps it from coming home, the worst first.
      type: list
      elements: dict
      contains:
        check:
          description: The name of what was looked at, which does not change between releases.
          type: str
          sample: failover_not_committed
        severity:
          description: V(blocks), V(unknown) or V(warning).
          type: str
          sample: blocks
        evidence:
          description: What was seen.
          type: str
          sample: its failover is not committed
        cure:
          description: What to do.
          type: str
          sample: Choose the recovery point it is to keep, and commit the failover
networks:
  description: The virtual networks that need a process server of the configuration server that is planned for.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The id of the network.
      type: str
      sample: /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-network/providers/Microsoft.Network/virtualNetworks/vnet-app
    name:
      description: Its name.
      type: str
      sample: vnet-app
    resource_group:
      description: Its resource group.
      type: str
      sample: rg-network
    subscription_id:
      description: Its subscription.
      type: str
      sample: 00000000-0000-0000-0000-000000000000
    location:
      description: Its region, C(null) where it could not be read.
      type: str
      sample: westeurope
    address_space:
      description: Its address space.
      type: list
      elements: str
      sample: [192.0.2.0/24]
    problem:
      description: Why nothing could be proposed for it, empty where something was.
      type: str
      sample: ""
    machines:
      description: The machines in it.
      type: list
      elements: str
      sample: [app-front-01]
    peerings:
      description: The networks it is peered with, and whether they have a process server. It serves its own network only.
      type: list
      elements: dict
      sample: []
    process_servers:
      description:
        - Its process servers, each with C(action), which is V(adopt) for one that works already, V(resume) for one of this collection that is not finished,
          V(deploy) for a new one, and V(spare) for one that is not needed; with what it serves, and with reasons.
      type: list
      elements: dict
      sample: [{"name": "ps-app-01", "action": "deploy", "private_ip_address": "192.0.2.4", "size": "Standard_A4_v2"}]
master_targets:
  description: The master targets of the configuration server that is planned for, with retention volumes, data stores, and the machines each is to take.
  returned: success
  type: list
  elements: dict
  sample: [{"name": "CS-ONPREM-01", "os_type": "Windows", "connected": true, "disk_count": 3, "disks_free": 57, "holds_whole_copies": true}]
estimate:
  description:
    - An estimate of data, duration and machine hours, at best (only what changed since the failover) and at most (all that is on the disks).
      What cannot be told is C(null), with the reason in C(unknown).
  returned: success
  type: dict
  sample: {"is": "estimate", "data_gb_at_most": 640, "hours_at_most": null, "vm_hours_at_most": null, "unknown": ["no bandwidth is given"]}
process_servers:
  description: The list for C(azure_dr.site_recovery.prepare_failback), without credentials.
  returned: success
  type: list
  elements: dict
  sample: [{"name": "ps-app-01", "subnet": "failback", "private_ip_address": "192.0.2.4"}]
plan:
  description: All variables of the plan file. C(null) where nothing is planned.
  returned: success
  type: dict
  sample: {"vault_name": "vault-dr"}
plan_text:
  description: The plan file itself, with the reasons as comments. It is the same in every run in an unchanged world.
  returned: success
  type: str
  sample: "---"
plan_missing:
  description: Why nothing is planned, empty where something is.
  returned: success
  type: str
  sample: ""
differences:
  description: What has moved since the plan was made. Empty where O(planned) is not given.
  returned: success
  type: list
  elements: str
  sample: ["machine web-01 no longer runs in Azure: it came home, or is not replicated any more"]
still_holds:
  description: Whether the plan still holds, C(null) where O(planned) is not given.
  returned: success
  type: bool
  sample: true
file:
  description:
    - What O(plan_file) is now. C(state) is V(absent), V(ours), V(edited) for a plan that a person changed, or V(foreign) for anything else.
  returned: success
  type: dict
  sample: {"path": "failback_plan.yml", "state": "absent"}
table:
  description: The answer as lines of text for a terminal.
  returned: success
  type: list
  elements: str
  sample: ["NETWORK   REGION      MACHINES  SERVER     ACTION  ADDRESS    SIZE"]
"""

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.failback_plan import answer
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._runner import run_info


def main():
    run_info(answer)


if __name__ == "__main__":
    main()
