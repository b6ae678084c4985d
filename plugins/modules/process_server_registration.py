#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: process_server_registration
short_description: Registers failback process servers with their configuration server
version_added: 0.1.0
description:
  - Brings every machine of the list to a process server that the configuration server shows in the vault with a fresh heartbeat, all of them at the
    same time.
  - Waits for each machine and its agent, brings the data disk into use, makes a WinRM listener where there is none, downloads the installer, checks
    it, and runs Unified Setup as a task that outlives the connection. Then it refreshes the configuration server, rather than wait the up to 15
    minutes that changes take to show.
  - A set-up that is found half done is taken up where it stands. A server that is registered and has a fresh heartbeat is not touched at all.
  - A server whose heartbeat is older than 15 minutes is looked at, and services that stand still are started.
  - One server that fails does not stop the others. The task fails at the end and names each failed server, its step, the cause and what to do.
    Running it again does the rest.
  - The classic scenario that uses process servers left Microsoft's support in March 2026. Machines that are failed over in it cannot move to the
    modernized one before they failed back, which is what these servers are for.
extends_documentation_fragment:
  - azure_dr.site_recovery.azure
  - azure_dr.site_recovery.vault
  - azure_dr.site_recovery.configuration_server
  - azure_dr.site_recovery.installer
  - azure_dr.site_recovery.process_servers
  - azure_dr.site_recovery.wait
  - azure_dr.site_recovery.progress
options:
  state:
    description: V(present) means registered, with all services running and a heartbeat younger than 15 minutes.
    type: str
    choices: [present]
    default: present
  passphrase:
    description:
      - The connection passphrase of the configuration server, which C(genpassphrase.exe -n) prints there. Needed with
        O(process_servers[].method=unified_setup).
      - It travels over the channel's standard input and lies on the server in a file that only administrators can read, until the set-up has ended.
        Over Run Command it is a protected parameter, which stands on a command line inside the machine while the script runs, for its administrators to see.
      - With O(configuration_server_winrm) it is compared on the configuration server before anything is done. The answer is only whether it is equal.
    type: str
  data_transfer_port:
    description: The TCP port on which the process servers take replication data. 443 is refused, since it belongs to the web server.
    type: int
    default: 9443
  replication_environment:
    description: What is replicated, V(VMware) machines or V(NonVMware), which are physical servers.
    type: str
    choices: [VMware, NonVMware]
    default: VMware
attributes:
  check_mode:
    description: Reads the vault only, sends no write request and connects to no process server.
  diff_mode:
    description: Shows each server before and after.
author:
  - Azure DR collection authors (@azure-dr)
"""

EXAMPLES = r"""
- name: Register a process server in each of two virtual networks
  azure_dr.site_recovery.process_server_registration:
    vault_name: vault-dr
    vault_resource_group: rg-dr
    configuration_server: CS-ONPREM-01
    passphrase: "{{ vault_passphrase }}"
    installer:
      url: https://download.example.com/MicrosoftAzureSiteRecoveryUnifiedSetup.exe
      sha256: "{{ unified_setup_sha256 }}"
    process_server_defaults:
      resource_group: rg-failback
      subnet: failback
      admin_username: psadmin
      admin_password: "{{ vault_admin_password }}"
    process_servers:
      - name: ps-app-01
        virtual_network: /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-network/providers/Microsoft.Network/virtualNetworks/vnet-app
        private_ip_address: 192.0.2.10
      - name: ps-db-01
        virtual_network: /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-network/providers/Microsoft.Network/virtualNetworks/vnet-db
        private_ip_address: 198.51.100.10

- name: Wait for a person to register the gallery image's server in its own tool
  azure_dr.site_recovery.process_server_registration:
    vault_name: vault-dr
    vault_resource_group: rg-dr
    process_servers:
      - name: ps-web-01
        resource_group: rg-failback
        virtual_network: vnet-web
        virtual_network_resource_group: rg-network
        subnet: failback
        private_ip_address: 203.0.113.10
        method: configuration_tool
        admin_username: psadmin
        admin_password: "{{ vault_admin_password }}"
"""

RETURN = r"""
process_servers:
  description: The servers, in the order of the list.
  returned: always, but for bad input
  type: list
  elements: dict
  contains:
    name:
      description: The name of the server.
      type: str
      sample: ps-app-01
    action:
      description: What was to be done, V(none), V(register), V(repair) or V(refuse).
      type: str
      sample: register
    reasons:
      description: Why, in words.
      type: list
      elements: str
      sample: [the configuration server does not list it]
    changed:
      description: Whether there was something to do.
      type: bool
      sample: true
    failed:
      description: Whether it failed. RV(failed_servers) says why.
      type: bool
      sample: false
    registered:
      description: Whether the configuration server lists it, in words.
      type: str
      sample: "yes"
    state:
      description: V(registered) with a fresh heartbeat.
      type: str
      sample: registered
    configuration_server:
      description: The configuration server's friendly name.
      type: str
      sample: CS-ONPREM-01
    private_ip_address:
      description: The address it is registered with.
      type: str
      sample: 192.0.2.10
    resource_group:
      description: The group of its machine.
      type: str
      sample: rg-failback
    virtual_network:
      description: The network it serves.
      type: str
      sample: vnet-app
    subnet:
      description: Its subnet.
      type: str
      sample: failback
    process_server_id:
      description: Its id at the configuration server, which reprotection asks for. It is not a UUID.
      type: str
      sample: D3016FEF-06AA-6644-AAF6A275BCB67389
    version:
      description: The version of its software.
      type: str
      sample: 9.62.7096.1
    last_heartbeat:
      description: When the configuration server last heard of it, as the service writes it.
      type: str
      sample: "2026-01-01T12:00:00.1234567Z"
    heartbeat_age_seconds:
      description: Seconds since then.
      type: int
      sample: 12
failed_servers:
  description: The servers that failed.
  returned: always, but for bad input
  type: list
  elements: dict
  contains:
    name:
      description: The name of the server.
      type: str
      sample: ps-db-01
    step:
      description: The step that failed.
      type: str
      sample: follow the set-up
    code:
      description: The code that the service, the server or the installer gave.
      type: str
      sample: exit code 1603
    message:
      description: The whole message.
      type: str
      sample: "running Unified Setup on ps-db-01: exit code 1603."
    correlation_id:
      description: What Microsoft's support asks for, where Azure gave one.
      type: str
      sample: 00000000-0000-0000-0000-000000000000
    cure:
      description: What to do.
      type: str
      sample: Read the set-up logs on the server, mend the cause and run again
timeline:
  description: Every step of every server with its times, for reports.
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
      sample: download the installer
    status:
      description: How it ended, V(finished) or V(failed).
      type: str
      sample: finished
    detail:
      description: More of it, in words.
      type: str
      sample: 562036736 bytes
    started:
      description: When it began, UTC.
      type: str
      sample: "2026-01-01T12:00:00.000Z"
    finished:
      description: When it ended, UTC.
      type: str
      sample: "2026-01-01T12:01:00.000Z"
    seconds:
      description: How long it took.
      type: float
      sample: 60.0
error:
  description: The error that ended the task before any server was worked on.
  returned: for bad input
  type: dict
  sample: {"step": "", "code": "", "message": "reading process_servers.", "correlation_id": "", "cure": ""}
"""

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import registration
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._runner import run


def main():
    run(registration)


if __name__ == "__main__":
    main()
