#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: process_server_upgrade
short_description: Upgrades failback process servers
version_added: 0.1.0
description:
  - Brings the process servers of the list to a version, those of different virtual networks at the same time, and ends when the configuration
    server shows each with this version and a new heartbeat.
  - Downloads each installer on the server, checks it there before anything of it is run, and runs it as a task that outlives the connection. Where
    it asks for a restart, the server is restarted and waited for.
  - A server that is more than four minor versions behind goes through as many of O(installers) as it needs, since Microsoft supports no longer
    step. Where an installer for that is missing, the server is refused, with the versions of which one is needed.
  - No process server is made newer than its configuration server, which is upgraded first, by hand. None is ever brought to an older version.
  - A server that works is not taken down while it is the last of its network that works and another one there could carry its machines. When one
    fails, it counts as down for the rest of the run, so that the others of its network are spared (O(max_unavailable)). A network's only server
    is upgraded, with a warning.
  - An upgrade that is found running, or that waits for its restart, is taken up where it stands. A server that has the version and a fresh
    heartbeat is not touched at all. One without a heartbeat is refused, and M(azure_dr.site_recovery.process_server_registration) named, which
    starts its services.
extends_documentation_fragment:
  - azure_dr.site_recovery.azure
  - azure_dr.site_recovery.vault
  - azure_dr.site_recovery.process_servers
  - azure_dr.site_recovery.wait
  - azure_dr.site_recovery.progress
options:
  version:
    description:
      - The version wanted, in its four numbers. It must not be newer than the configuration server.
      - Left out, it is that of O(installers) where all of them have one version, else the version of the configuration server.
    type: str
  installers:
    description:
      - Microsoft's Unified Setup in the versions that may be gone through, in any order. Each server takes what it needs.
      - A server that has the version already needs none.
    type: list
    elements: dict
    default: []
    suboptions:
      url:
        description: Where each server downloads it from, over HTTPS.
        type: str
        required: true
      sha256:
        description: Its SHA-256, in hexadecimal digits. It is checked on each server before the file is run.
        type: str
        required: true
      size_bytes:
        description: Its size in bytes.
        type: int
      version:
        description: Its version, in its four numbers.
        type: str
        required: true
  max_unavailable:
    description:
      - How many servers of one virtual network may be upgraded at the same time, as a number, or as a percentage of those that are listed.
        A percentage of less than one server is one.
      - A server that failed in this run counts as one of them, so that with V(1) no other one of its network that works is taken down after it.
      - It never makes a network be without a working server where another one could carry its machines.
    type: str
    default: "1"
  configuration_server_address:
    description:
      - The address at which the process servers reach the configuration server on TCP 443, to look for the reason where no heartbeat comes.
      - Left out, it is the address that the vault shows of it.
    type: str
attributes:
  check_mode:
    description: Reads the vault and lists machines and networks only, sends no write request and connects to no process server.
  diff_mode:
    description: Shows the version of each server before and after, and the versions on the way.
author:
  - Azure DR collection authors (@azure-dr)
"""

EXAMPLES = r"""
- name: Bring two process servers to the version of their configuration server
  azure_dr.site_recovery.process_server_upgrade:
    vault_name: vault-dr
    vault_resource_group: rg-dr
    configuration_server: CS-ONPREM-01
    installers:
      - version: 9.58.6934.1
        url: https://download.example.com/9.58/MicrosoftAzureSiteRecoveryUnifiedSetup.exe
        sha256: "{{ unified_setup_9_58_sha256 }}"
      - version: 9.62.7096.1
        url: https://download.example.com/9.62/MicrosoftAzureSiteRecoveryUnifiedSetup.exe
        sha256: "{{ unified_setup_9_62_sha256 }}"
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
      description: What was to be done, V(none), V(upgrade), V(finish) or V(refuse).
      type: str
      sample: upgrade
    reasons:
      description: Why, in words, and what it means for the network.
      type: list
      elements: str
      sample: [it has 9.54.6682.1, and 9.62.7096.1 is wanted]
    changed:
      description: Whether there was something to do.
      type: bool
      sample: true
    failed:
      description: Whether it failed. RV(failed_servers) says why.
      type: bool
      sample: false
    version:
      description: The version of its software, as the configuration server shows it.
      type: str
      sample: 9.62.7096.1
    version_before:
      description: The version that the configuration server showed before.
      type: str
      sample: 9.54.6682.1
    steps:
      description: The versions that it goes through, the one wanted last. Nothing where it has that.
      type: list
      elements: str
      sample: [9.58.6934.1, 9.62.7096.1]
    state:
      description: V(registered) with a fresh heartbeat, V(stale) without one, V(absent), or V(listed twice).
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
      description: Its id at the configuration server.
      type: str
      sample: D3016FEF-06AA-6644-AAF6A275BCB67389
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

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import upgrade
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._runner import run


def main():
    run(upgrade)


if __name__ == "__main__":
    main()
