#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: process_server_info
short_description: Tells of process servers, their health, load and virtual machines
version_added: 0.1.0
description:
  - Reads the process servers of one or all configuration servers of a vault, with counts and loads as numbers and
    times in ISO 8601, and finds the virtual machine of each.
  - It takes four requests, however many servers there are.
  - Configuration servers of the classic experience are told from appliances of the modernized one, which need no
    process server in Azure for failback.
  - What a server reports is up to 15 minutes old. M(azure_dr.site_recovery.process_server_registration) refreshes it.
extends_documentation_fragment:
  - azure_dr.site_recovery.azure
  - azure_dr.site_recovery.vault
options:
  configuration_server:
    description:
      - The configuration server, by its friendly name, its fabric name or its fabric id. Where two have one friendly
        name, the fabric id is needed.
      - Left out, all of the vault are told of.
  subscription_ids:
    description:
      - The ids of the subscriptions in which the machines of process servers are looked for.
      - Left out, it is O(subscription_id) alone.
    type: list
    elements: str
attributes:
  diff_mode:
    description: Changes nothing, so there is no difference to tell.
    support: none
seealso:
  - module: azure_dr.site_recovery.process_server_registration
  - name: Monitor the process server
    description: What the figures mean, and from where on they are a warning.
    link: https://learn.microsoft.com/azure/site-recovery/vmware-physical-azure-monitor-process-server
author:
  - Azure DR collection authors (@azure-dr)
"""

EXAMPLES = r"""
- name: Read the process servers of a vault
  azure_dr.site_recovery.process_server_info:
    vault_name: vault-dr
    vault_resource_group: rg-dr
  register: servers

- name: Name those that give no heartbeat
  ansible.builtin.debug:
    msg: "{{ servers.process_servers | rejectattr('connected') | map(attribute='name') }}"

- name: Read those of one configuration server
  azure_dr.site_recovery.process_server_info:
    vault_name: vault-dr
    vault_resource_group: rg-dr
    configuration_server: CS-ONPREM-01
"""

RETURN = r"""
process_servers:
  description: The process servers of all configuration servers.
  returned: success
  type: list
  elements: dict
  contains: &server
    configuration_server:
      description: The friendly name of its configuration server.
      type: str
      sample: CS-ONPREM-01
    experience:
      description: V(classic) or V(modernized).
      type: str
      sample: classic
    name:
      description: Its name, as it reports it.
      type: str
      sample: ps-app-01
    id:
      description: Its id in Site Recovery.
      type: str
      sample: D3016FEF-06AA-6644-AAF6A275BCB67389
    ip_address:
      description: The address it reports with.
      type: str
      sample: 192.0.2.10
    os_type:
      description: The kind of its operating system.
      type: str
      sample: Windows
    os_version:
      description: The version of its operating system, which many do not report.
      type: str
      sample: 10.0.14393
    version:
      description: The version of its software.
      type: str
      sample: 9.62.7096.1
    version_status:
      description: Whether the version is supported, as V(Supported) or V(UpdateRequired).
      type: str
      sample: Supported
    version_expires:
      description: Until when the version is supported, C(null) where no end is known.
      type: str
      sample: "2026-09-30T00:00:00Z"
    last_heartbeat:
      description: When it was last heard of.
      type: str
      sample: "2026-03-02T09:14:07Z"
    heartbeat_age_seconds:
      description: How long ago that was.
      type: int
      sample: 42
    connected:
      description:
        - Whether it gives heartbeats, as far as the vault can know. Its last heartbeat is younger than 15 minutes, or was when its configuration server
          made its last report, which is younger than 30 minutes.
      type: bool
      sample: true
    machine_count:
      description: How many machines it carries.
      type: int
      sample: 12
    replication_pair_count:
      description: How many disks are replicated over it.
      type: int
      sample: 30
    system_load_percent:
      description: Its system load.
      type: float
      sample: 3.0
    system_load_status:
      description: How the service judges that.
      type: str
      sample: Green
    cpu_load_percent:
      description: Its processor load.
      type: float
      sample: 14.0
    cpu_load_status:
      description: How the service judges that.
      type: str
      sample: Green
    memory_total_bytes:
      description: Its memory.
      type: int
      sample: 17179398144
    memory_available_bytes:
      description: Its free memory.
      type: int
      sample: 11811160064
    memory_status:
      description: How the service judges that.
      type: str
      sample: Green
    space_total_bytes:
      description: The size of its cache disk.
      type: int
      sample: 644245094400
    space_available_bytes:
      description: The free space of its cache disk. Below 20 % replication is slowed down.
      type: int
      sample: 512980090880
    space_status:
      description: How the service judges that.
      type: str
      sample: Green
    service_status:
      description: Whether its services run.
      type: str
      sample: Green
    throughput_bytes:
      description: How much it takes in a second.
      type: int
      sample: 1048576
    upload_pending_bytes:
      description: How much waits in its cache.
      type: int
      sample: 0
    throughput_status:
      description: How the service judges that.
      type: str
      sample: Green
    statistics_time:
      description: When these figures were taken.
      type: str
      sample: "2026-03-02T09:12:00Z"
    certificate_expires:
      description: When its certificate ends.
      type: str
      sample: "2029-03-01T08:00:00Z"
    certificate_days_left:
      description: How many days that is.
      type: int
      sample: 1095
    health:
      description: V(Normal), V(Warning) or V(Critical).
      type: str
      sample: Normal
    health_errors:
      description: What is wrong with it, each with C(code), C(level), C(message), C(possible_causes),
        C(recommended_action) and C(since).
      type: list
      elements: dict
      sample: []
    virtual_machine:
      description:
        - The machine in O(subscription_ids) that has its address, and its name or this collection's tag. C(null) where
          there is none, or several could be meant.
      type: dict
      contains:
        id:
          description: The id of the machine.
          type: str
          sample: /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-failback/providers/Microsoft.Compute/virtualMachines/ps-app-01
        name:
          description: Its name.
          type: str
          sample: ps-app-01
        resource_group:
          description: Its resource group.
          type: str
          sample: rg-failback
        location:
          description: Its region.
          type: str
          sample: westeurope
        size:
          description: Its size.
          type: str
          sample: Standard_A8_v2
        virtual_network:
          description: The id of the virtual network it is in.
          type: str
          sample: /subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-network/providers/Microsoft.Network/virtualNetworks/vnet-app
        subnet:
          description: The name of its subnet.
          type: str
          sample: failback
        private_ip_address:
          description: Its address there.
          type: str
          sample: 192.0.2.10
        power_state:
          description: Its power state, as V(running) or V(deallocated).
          type: str
          sample: running
        created:
          description: When it was made.
          type: str
          sample: "2026-03-01T09:14:07Z"
        hours_since_creation:
          description: How many hours that is. Hours in which it was stopped count as well.
          type: float
          sample: 24.0
        managed:
          description: Whether it carries this collection's tag.
          type: bool
          sample: true
        setup_unfinished:
          description: Whether a set-up of it was begun and not brought to its end.
          type: bool
          sample: false
configuration_servers:
  description: The configuration servers and appliances, each with its own process servers.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The friendly name.
      type: str
      sample: CS-ONPREM-01
    id:
      description: The fabric id.
      type: str
      sample: >-
        /Subscriptions/0/resourceGroups/rg-dr/providers/Microsoft.RecoveryServices/vaults/vault-dr/replicationFabrics/b0cef6
    fabric_name:
      description: The fabric name, which the service has chosen.
      type: str
      sample: b0cef6e9a4437b81803d0b55ada4f70029a1b8a3
    experience:
      description: V(classic) or V(modernized).
      type: str
      sample: classic
    kind:
      description: What it is, in words.
      type: str
      sample: classic configuration server
    ip_address:
      description: The address it has registered with.
      type: str
      sample: 203.0.113.20
    version:
      description: The version of its software.
      type: str
      sample: 9.62.7096.1
    version_status:
      description: Whether the version is supported.
      type: str
      sample: Supported
    last_heartbeat:
      description: When it was last heard of.
      type: str
      sample: "2026-03-02T09:14:07Z"
    heartbeat_age_seconds:
      description: How long ago that was.
      type: int
      sample: 42
    protected_servers:
      description: How many machines it protects.
      type: int
      sample: 12
    certificate_expires:
      description: When its certificate ends.
      type: str
      sample: "2029-03-01T08:00:00Z"
    health:
      description: V(Normal), V(Warning) or V(Critical).
      type: str
      sample: Normal
    process_servers:
      description: Its process servers.
      type: list
      elements: dict
      contains: *server
"""

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import info
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._runner import run_info


def main():
    run_info(info)


if __name__ == "__main__":
    main()
