#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: process_server_vm
short_description: Makes and removes the virtual machines of failback process servers
version_added: 0.1.0
description:
  - Brings the machine of every process server of the list to the state asked for, all of them at the same time.
  - With O(state=present) each gets a network interface with a static private address, an OS disk, a disk for the
    cache, and a Windows machine, sized for what it is to carry. Everything is
    made so that Azure removes it together with the machine, and carries the tags C(azure_dr_owner) and C(azure_dr_run).
  - What is found half done is adopted. A network interface without a machine is used, a machine that is being made is
    followed, and one that Azure failed to make is tried once more.
  - A machine of this name that does not carry the tag C(azure_dr_owner), or differs in what cannot be changed, is
    refused, with the differences named. Only tags can be changed.
  - With O(state=absent) a machine goes with its own interface, disks and public address, and what an earlier removal
    left. Nothing without the tag is removed, no machine on which the vault still shows replication, and none whose tag
    C(azure_dr_vault) names another vault.
  - One server that fails does not stop the others. The task fails at the end and names each failed server, its step,
    the cause and what to do. Running it again does the rest.
  - Running machines are billed by Azure, and so are disks of machines that are stopped.
extends_documentation_fragment:
  - azure_dr.site_recovery.azure
  - azure_dr.site_recovery.process_servers
  - azure_dr.site_recovery.wait
  - azure_dr.site_recovery.progress
options:
  state:
    description:
      - V(present) makes what is missing. A machine that is stopped is left so, since starting it costs money.
      - V(absent) removes. It needs of each entry no more than its name and resource group.
    type: str
    choices: [present, absent]
    default: present
  wait:
    description:
      - Whether to wait until each machine runs, or is gone. With V(false) the task ends when Azure has accepted the
        work, and a machine that is still being made counts as there.
      - M(azure_dr.site_recovery.process_server_registration) waits for each machine by itself.
    type: bool
    default: true
  follows:
    description:
      - What the play does to the servers before this task, where O(state=absent). V(switch) is that machines they carry are
        moved to another server, V(unregistration) that the servers are unregistered.
      - With V(unregistration) a server that is still registered is refused. Without it, it is removed with a warning.
      - In check mode, where those tasks did nothing, it is told what would be removed after them. Otherwise a server that
        still carries replication is refused, whatever is named here.
    type: list
    elements: str
    choices: [switch, unregistration]
    default: []
  vault_name:
    description: The Recovery Services vault that tells whether a server is still in use. Needed with O(state=absent).
    type: str
  vault_resource_group:
    description: The resource group of the vault. Needed with O(state=absent).
    type: str
  vault_subscription_id:
    description: The subscription of the vault. Left out, it is O(subscription_id).
    type: str
  configuration_server:
    description: The configuration server that is asked, by its friendly name, fabric name or fabric id. Left out, all
      classic ones of the vault are. A server that another one than the one named lists, by name and address, is refused
      where it carries replication.
    type: str
seealso:
  - module: azure_dr.site_recovery.process_server_prerequisites_info
  - module: azure_dr.site_recovery.process_server_registration
  - name: Set up a process server in Azure for failback
    description: Microsoft's own way, by hand in the portal.
    link: https://learn.microsoft.com/azure/site-recovery/vmware-azure-set-up-process-server-azure
author:
  - Azure DR collection authors (@azure-dr)
"""

EXAMPLES = r"""
- name: Make a process server's machine in each of two virtual networks
  azure_dr.site_recovery.process_server_vm:
    process_server_defaults:
      resource_group: rg-failback
      subnet: failback
      admin_username: psadmin
      admin_password: "{{ vault_admin_password }}"
      tags:
        department: disaster-recovery
    process_servers:
      - name: ps-app-01
        virtual_network: /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-network/providers/Microsoft.Network/virtualNetworks/vnet-app
        private_ip_address: 192.0.2.10
      - name: ps-db-01
        virtual_network: vnet-db
        virtual_network_resource_group: rg-network
        private_ip_address: 198.51.100.10
        daily_churn_gb: 1500
        machines: 180

- name: See what would be made, without making it
  azure_dr.site_recovery.process_server_vm:
    process_servers: "{{ process_servers }}"
    process_server_defaults: "{{ process_server_defaults }}"
  check_mode: true
  diff: true

- name: Hand the machines over to Azure and go on
  azure_dr.site_recovery.process_server_vm:
    process_servers: "{{ process_servers }}"
    process_server_defaults: "{{ process_server_defaults }}"
    wait: false

- name: Remove a process server's machine after the failback
  azure_dr.site_recovery.process_server_vm:
    state: absent
    vault_name: vault-dr
    vault_resource_group: rg-dr
    process_servers:
      - name: ps-app-01
        resource_group: rg-failback
"""

RETURN = r"""
process_servers:
  description: The machines, in the order of the list.
  returned: always, but for bad input
  type: list
  elements: dict
  contains:
    name:
      description: The name of the server.
      type: str
      sample: ps-app-01
    action:
      description: What was to be done, V(none), V(create), V(repair), V(follow), V(update), V(delete) or V(refuse).
      type: str
      sample: create
    reasons:
      description: Why, in words, and what was left where it is.
      type: list
      elements: str
      sample: [there is no such machine]
    changed:
      description: Whether there was something to do.
      type: bool
      sample: true
    failed:
      description: Whether it failed. RV(failed_servers) says why.
      type: bool
      sample: false
    id:
      description: The id of the machine.
      returned: when it is there
      type: str
      sample: /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-failback/providers/Microsoft.Compute/virtualMachines/ps-app-01
    created:
      description: When Azure made it.
      returned: when it is there
      type: str
      sample: "2026-03-02T09:14:07.1234567+00:00"
    network_interface:
      description: The id of its network interface.
      returned: when it is there
      type: str
      sample: /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-failback/providers/Microsoft.Network/networkInterfaces/ps-app-01-nic
    disks:
      description: The ids of its disks, the OS disk first.
      returned: when it is there
      type: list
      elements: str
      sample:
        - /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-failback/providers/Microsoft.Compute/disks/ps-app-01-os
        - /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-failback/providers/Microsoft.Compute/disks/ps-app-01-cache
    resource_group:
      description: The group of the machine.
      returned: with O(state=present)
      type: str
      sample: rg-failback
    location:
      description: The region of the machine.
      returned: with O(state=present)
      type: str
      sample: westeurope
    size:
      description: The size of the machine.
      returned: with O(state=present)
      type: str
      sample: Standard_A8_v2
    image:
      description: The image by publisher, offer and SKU, or its id.
      returned: with O(state=present)
      type: str
      sample: MicrosoftWindowsServer:WindowsServer:2016-Datacenter
    virtual_network:
      description: The id of the virtual network.
      returned: with O(state=present)
      type: str
      sample: /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-network/providers/Microsoft.Network/virtualNetworks/vnet-app
    subnet:
      description: The name of the subnet.
      returned: with O(state=present)
      type: str
      sample: failback
    private_ip_address:
      description: The static private address.
      returned: with O(state=present), or when there was something to remove
      type: str
      sample: 192.0.2.10
    public_ip_address:
      description: Whether it has a public address.
      returned: with O(state=present)
      type: bool
      sample: false
    network_security_group:
      description: The id of the network security group of its interface, or an empty text.
      returned: with O(state=present)
      type: str
      sample: ""
    os_disk_type:
      description: The kind of the OS disk.
      returned: with O(state=present)
      type: str
      sample: StandardSSD_LRS
    data_disk_size_gb:
      description: The size of the data disk in GB.
      returned: with O(state=present)
      type: int
      sample: 600
    data_disk_type:
      description: The kind of the data disk.
      returned: with O(state=present)
      type: str
      sample: StandardSSD_LRS
    admin_username:
      description: The local administrator.
      returned: with O(state=present)
      type: str
      sample: psadmin
    provisioning_state:
      description: How far Azure is with the machine. In check mode, how far it would be in the end.
      returned: with O(state=present)
      type: str
      sample: Succeeded
    tags:
      description: The tags, but for C(azure_dr_run).
      returned: with O(state=present)
      type: dict
      sample: {azure_dr_owner: azure_dr.site_recovery, department: disaster-recovery}
    hours_since_creation:
      description: How many hours ago the machine was made. Hours in which it was stopped count as well.
      returned: with O(state=absent), when the machine is there
      type: float
      sample: 24.0
    resources:
      description: The ids of what is to go, whether or not it went.
      returned: with O(state=absent), when there is something to remove
      type: list
      elements: str
      sample: [/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-failback/providers/Microsoft.Compute/virtualMachines/ps-app-01]
    state:
      description: V(absent), or V(being removed) where it was not waited for.
      returned: with O(state=absent), when the server is gone
      type: str
      sample: absent
    removed:
      description: The ids of what went, also where the removal of the rest failed.
      returned: with O(state=absent), when there was something to remove
      type: list
      elements: str
      sample: [/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-failback/providers/Microsoft.Compute/virtualMachines/ps-app-01]
failed_servers:
  description: The servers that failed.
  returned: always, but for bad input
  type: list
  elements: dict
  contains:
    name:
      description: The name of the server.
      type: str
      sample: ps-app-01
    step:
      description: The step that failed.
      type: str
      sample: create the machine
    code:
      description: The service's own code.
      type: str
      sample: OperationNotAllowed
    message:
      description: The whole text, with the service's own words and what to do.
      type: str
      sample: "creating virtual machine on rg-failback/ps-app-01: OperationNotAllowed: Operation results in exceeding quota limits of Core."
    correlation_id:
      description: What Microsoft's support asks for.
      type: str
      sample: 7b3bb1e5-2f5f-4a0e-9d3c-1c3f0a6d8a11
    cure:
      description: What to do.
      type: str
      sample: "If a quota is named: raise it, or choose a smaller size or another region"
timeline:
  description: The steps of all servers, in the order in which they began.
  returned: always
  type: list
  elements: dict
  contains:
    server:
      description: The name of the server.
      type: str
      sample: ps-app-01
    step:
      description: The step.
      type: str
      sample: create the machine
    status:
      description: V(started), V(finished) or V(failed).
      type: str
      sample: finished
    detail:
      description: What else is to be said of it.
      type: str
      sample: Standard_A8_v2 in westeurope
    started:
      description: When it began, in UTC.
      type: str
      sample: "2026-03-02T09:14:07.123Z"
    finished:
      description: When it ended, in UTC.
      type: str
      sample: "2026-03-02T09:14:09.456Z"
    seconds:
      description: How long it took.
      type: float
      sample: 2.3
"""

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import vm
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._runner import run


def main():
    run(vm)


if __name__ == "__main__":
    main()
