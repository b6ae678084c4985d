#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: process_server_switch
short_description: Moves machines from one process server to another
version_added: 0.1.0
description:
  - Moves some or all of the machines that one process server carries to another one of the same configuration server, as the portal does with
    "Load balance" and "Switch". All switches of the list are made at the same time, but for those that share a process server, which are made
    one after the other.
  - It states where machines should be. Machines that are there already are left alone, and machines that are on neither of the two servers are
    refused with the server they are on.
  - Before anything is moved it is checked that the new server gives heartbeats, that its services run and its health is not critical, that it is
    not newer than its configuration server, that it is large enough for what it would then carry, that its cache disk has room, and that the
    machines are in a virtual network that reaches it. What cannot be known is said as a warning.
  - A switch of the same configuration server that runs already, from an earlier run or from the portal, is waited for, and only what it left is
    moved then.
  - It ends when the vault shows the machines at the new server, after the configuration server was refreshed.
  - One switch that fails does not stop the others. The task fails at the end and names each failed switch, its cause and what to do. Running it
    again does the rest.
extends_documentation_fragment:
  - azure_dr.site_recovery.azure
  - azure_dr.site_recovery.vault
  - azure_dr.site_recovery.wait
  - azure_dr.site_recovery.progress
options:
  switches:
    description: Who takes over from whom.
    type: list
    elements: dict
    required: true
    suboptions:
      from:
        description:
          - The process server that carries the machines, by its name, its IP address or its id. It need not be alive.
          - Where several have one name or address, the id is needed.
        type: str
        required: true
      to:
        description: The process server that is to carry them, by its name, its IP address or its id.
        type: str
        required: true
      machines:
        description:
          - The machines to move, by their names, or by the names or ids of their protected items.
          - Left out, everything is moved that O(switches[].from) carries.
        type: list
        elements: str
  accept_unreached:
    description:
      - Move machines that run in Azure in a virtual network that is neither that of the new process server nor peered with it. They then replicate
        only if they reach it in a way that the networks do not show, as through a router in a hub.
    type: bool
    default: false
  accept_overload:
    description:
      - Move machines to a process server that is too small for them by Microsoft's table of sizes, or of whose cache disk less than a quarter is
        free. Replication may then be slowed down or stand still.
    type: bool
    default: false
notes:
  - The vault does not show how many cores a process server has, so its size is judged by its memory and its cache disk.
  - How much a machine changes in a day is what the vault last reported before its failover.
  - Network security groups, routes and firewalls are not looked at.
  - In check mode, or where every machine is in its place, nothing is refreshed, so that what is seen is up to 15 minutes old.
seealso:
  - module: azure_dr.site_recovery.process_server_info
  - name: Manage process servers
    description: Balancing the load and switching to another server in the portal.
    link: https://learn.microsoft.com/azure/site-recovery/vmware-azure-manage-process-server
author:
  - Azure DR collection authors (@azure-dr)
"""

EXAMPLES = r"""
- name: Move two machines
  azure_dr.site_recovery.process_server_switch:
    vault_name: vault-dr
    vault_resource_group: rg-dr
    switches:
      - from: CS-ONPREM-01
        to: ps-app-01
        machines: [app-front-01, app-front-02]

- name: Let one server take over all that another one carries, which gives no heartbeat any more
  azure_dr.site_recovery.process_server_switch:
    vault_name: vault-dr
    vault_resource_group: rg-dr
    configuration_server: CS-ONPREM-01
    switches:
      - from: 192.0.2.10
        to: ps-app-02

- name: Name servers that are registered twice by their ids
  azure_dr.site_recovery.process_server_switch:
    vault_name: vault-dr
    vault_resource_group: rg-dr
    switches:
      - from: D3016FEF-06AA-6644-AAF6A275BCB67389
        to: 5D3ED340-85AE-C646-B338641E015DA405
"""

RETURN = r"""
switches:
  description: The switches, in the order of O(switches).
  returned: always, but for bad input
  type: list
  elements: dict
  contains:
    name:
      description: Both servers, as they were given.
      type: str
      sample: CS-ONPREM-01 to ps-app-01
    action:
      description: V(none), V(switch) or V(refuse).
      type: str
      sample: switch
    reasons:
      description: Why, in words.
      type: list
      elements: str
      sample: [app-front-01 use CS-ONPREM-01 (203.0.113.20)]
    changed:
      description: Whether there was something to move.
      type: bool
      sample: true
    failed:
      description: Whether it failed. RV(failed_servers) says why.
      type: bool
      sample: false
    warnings:
      description: What is not known, or was accepted by an option.
      type: list
      elements: str
      sample: []
    configuration_server:
      description: The friendly name of the configuration server.
      type: str
      sample: CS-ONPREM-01
    update_type:
      description: V(ServerLevel) for machines that were named, V(SystemLevel) for everything.
      type: str
      sample: ServerLevel
    machines:
      description: The machines that were moved, or would be in check mode. Those that somebody else's switch moved are not among them.
      type: list
      elements: str
      sample: [app-front-01]
    job_id:
      description: The name of the Site Recovery job that moved them, C(null) where none was needed.
      type: str
      sample: a93f3cd5-9035-4b1e-a2c9-b16df6d5d34b
    from:
      description: The process server that carried the machines.
      type: dict
      contains: &server
        name:
          description: Its name.
          type: str
          sample: CS-ONPREM-01
        id:
          description: Its id in Site Recovery.
          type: str
          sample: D3016FEF-06AA-6644-AAF6A275BCB67389
        ip_address:
          description: The address it is registered with.
          type: str
          sample: 203.0.113.20
        machines:
          description: The machines it carries, by their names.
          type: list
          elements: str
          sample: [app-front-02]
    to:
      description: The process server that carries them now.
      type: dict
      contains: *server
    counts:
      description: What both servers report to carry.
      type: dict
      contains:
        from:
          description: The server that carried the machines.
          type: dict
          contains: &counts
            machines_before:
              description: Machines before the switch.
              type: int
              sample: 12
            machines_after:
              description: Machines after it, C(null) where nothing was moved.
              type: int
              sample: 11
            replication_pairs_before:
              description: Disks that were replicated over it before.
              type: int
              sample: 21
            replication_pairs_after:
              description: Disks that are replicated over it after the switch, C(null) where nothing was moved.
              type: int
              sample: 20
        to:
          description: The server that carries them now.
          type: dict
          contains: *counts
failed_servers:
  description: The switches that failed.
  returned: always, but for bad input
  type: list
  elements: dict
  contains:
    name:
      description: The name of the switch.
      type: str
      sample: CS-ONPREM-01 to ps-app-01
    step:
      description: The step that failed.
      type: str
      sample: change the process server
    code:
      description: The code that the service gave.
      type: str
      sample: ProcessServerNotConnected
    message:
      description: The whole message.
      type: str
      sample: "changing the process server on CS-ONPREM-01 to ps-app-01: ps-app-01 (192.0.2.10) gives no heartbeat."
    correlation_id:
      description: What Microsoft's support asks for, where Azure gave one.
      type: str
      sample: 00000000-0000-0000-0000-000000000000
    cure:
      description: What to do.
      type: str
      sample: Start it and its services, or name another server
timeline:
  description: Every step of every switch with its times, for reports.
  returned: always
  type: list
  elements: dict
  contains:
    server:
      description: The name of the switch.
      type: str
      sample: CS-ONPREM-01 to ps-app-01
    step:
      description: The step.
      type: str
      sample: prove it in the vault
    status:
      description: How it ended, V(finished) or V(failed).
      type: str
      sample: finished
    detail:
      description: More of it, in words.
      type: str
      sample: ps-app-01 (192.0.2.10) carries 1 machine
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
  description: The error that ended the task before any switch was begun.
  returned: for bad input
  type: dict
  sample: {"step": "", "code": "", "message": "reading switches.", "correlation_id": "", "cure": ""}
"""

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import switch
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._runner import run


def main():
    run(switch)


if __name__ == "__main__":
    main()
