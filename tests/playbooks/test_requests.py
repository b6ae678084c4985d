"""What an unchanged run costs: the same few requests for one server and for many."""

from __future__ import annotations

import pytest

from tests.azure_simulator.running import running
from tests.azure_simulator.scenario import fleet, merge
from tests.playbooks.support.prepared import QUICK, register_servers
from tests.playbooks.support.requests import arm_requests, arm_writes, throttled
from tests.playbooks.support.tasks import task

MOST_REQUESTS = 5


@pytest.mark.parametrize("servers", [1, 30])
def test_unchanged_runs_cost_the_same_for_one_server_and_for_many(ansible, servers):
    with running(merge(fleet(servers), QUICK)) as world:
        register_servers(world)
        assert throttled(world) == []
        for module in ("process_server_vm", "process_server_registration", "process_server_info"):
            since = len(world.log.requests)
            run = ansible.play(world, playbook=[task(module)])
            assert run.code == 0 and run.changed == [], run.output
            assert len(arm_requests(world, since)) <= MOST_REQUESTS, [f"{entry['method']} {entry['path']}" for entry in arm_requests(world, since)]
            assert arm_writes(world, since) == []
