#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: process_server_registration
short_description: Registers failback process servers with their configuration server, or unregisters them
version_added: 0.1.0
description:
  - Brings every machine of the list to a process server that the configuration server shows in the vault with a fresh heartbeat, all of them at the
    same time.
  - Waits for each machine and its agent, brings the data disk into use, makes a WinRM listener where there is none, downloads the installer, checks
    it, and runs Unified Setup as a task that outlives the connection. Then it refreshes the configuration server, rather than wait the up to 15
    minutes that changes take to show.
  - A set-up that is found half done is taken up where it stands. A server that is registered and has a fresh heartbeat is not touched at all.
  - A server whose heartbeat is older than 15 minutes is looked at, and services that stand still are started.
  - A server that works for another configuration server of the vault is refused. The vault it is registered with is kept as the tag
    C(azure_dr_vault) of its machine, so that another vault, which does not list it, is not taken for the one that knows whether it is in use.
  - With O(state=absent) it unregisters the servers of the list, and proves in the vault that they are gone. A server that the configuration
    server does not list is unchanged. Machines and disks stay; M(azure_dr.site_recovery.process_server_vm) removes them.
  - A server is never unregistered while the vault shows machines or replication pairs on it, or a protected item names it as its process server
    or its master target. What it still carries is named in the refusal of that server; M(azure_dr.site_recovery.process_server_switch) moves
    machines to another process server. The process server that is built into the configuration server is refused as well.
  - A server is found by its address and must bear the name of its entry. One that is listed under another address (it was registered under an old
    one) is refused with that address, and so are two that are listed with one address, since nothing tells which of them is meant.
  - A server that can be reached is unregistered on the server itself, in the order and by the programs of Microsoft's page on it. The Mobility
    Service and master target, the process server and its dependencies are uninstalled, each by its own registered uninstaller and without a
    question, as a task that outlives the connection. What is not installed is skipped. The silent switches of two of the three are not documented
    for uninstalling, so afterwards it is checked that the program is no longer in the list of installed programs. Before the first one goes all
    of them must have an uninstaller of a known kind, and the computer must bear the server's name.
  - A server that gave no heartbeat for 15 minutes, and whose machine is gone, does not run or does not answer for some minutes, is dead. It is
    unregistered on the configuration server with its own tool, C(perl Unregister-ASRComponent.pl -IPAddress ... -Component PS), over
    O(configuration_server_winrm). The tool is asked first and ended, and answered in a second run only where its listing has not changed and
    exactly one row has the server's address and name. Other words than are known, or a doubt about the row, end in an error that shows what the
    tool said, and nothing is unregistered. Microsoft wants this tool used where there is no way to revive the machine. So start a machine that
    was only stopped before its server is unregistered, if it may come back some day.
  - A server that still gives heartbeats is never unregistered with that tool. If it does not answer, that is an error.
  - A server of the gallery image (O(process_servers[].method=configuration_tool)) is uninstalled over WinRM where its account and the fingerprint
    or authority of its certificate are given. Otherwise the module says what a person has to do, and waits until the vault shows that it was
    done.
  - An uninstall that another run began is followed, not begun again, and one that is found half done is taken up where it stands. A tag on the
    machine remembers it where the vault lists the server no more.
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
    description:
      - V(present) means registered, with all services running and a heartbeat younger than 15 minutes.
      - V(absent) means that the configuration server does not list it, and that the product's programs are gone from it if it could be reached.
        It needs neither O(passphrase) nor O(installer), and of each server O(process_servers[].name), O(process_servers[].resource_group) and
        O(process_servers[].private_ip_address), with an administrator's name and password where there still is a machine.
    type: str
    choices: [present, absent]
    default: present
  follows:
    description:
      - What the play does to the servers before this task, where O(state=absent). V(switch) is that machines they carry are moved to another server.
      - In check mode, where that task did nothing, it is told what would be unregistered after it. Otherwise a server that still carries
        replication is refused, whatever is named here.
    type: list
    elements: str
    choices: [switch]
    default: []
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

- name: Unregister two process servers, of which one may be dead
  azure_dr.site_recovery.process_server_registration:
    vault_name: vault-dr
    vault_resource_group: rg-dr
    configuration_server: CS-ONPREM-01
    configuration_server_winrm:
      username: CS-ONPREM-01\asradmin
      password: "{{ vault_configuration_server_password }}"
      certificate_fingerprint: "{{ configuration_server_fingerprint }}"
    process_server_defaults:
      resource_group: rg-failback
      admin_username: psadmin
      admin_password: "{{ vault_admin_password }}"
    process_servers:
      - name: ps-app-01
        private_ip_address: 192.0.2.10
      - name: ps-db-01
        private_ip_address: 198.51.100.10
    state: absent
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
      description: What was to be done, V(none), V(register), V(repair), V(unregister) or V(refuse).
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
      description: V(registered) with a fresh heartbeat, or V(absent).
      type: str
      sample: registered
    way:
      description: Where it is, or is to be, unregistered, in words.
      returned: with O(state=absent), where there is something to do
      type: str
      sample: on the server itself
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
      returned: with O(state=present)
      type: str
      sample: vnet-app
    subnet:
      description: Its subnet.
      returned: with O(state=present)
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
