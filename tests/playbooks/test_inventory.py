"""The process servers of a world as Ansible's inventory: groups, variables, the cache, and what goes wrong."""

from __future__ import annotations

import json
import pathlib
import re

from tests.azure_simulator.running import running
from tests.playbooks.support.canaries import leaks, secrets_in
from tests.playbooks.support.hosts import CONFIGURATION_SERVER
from tests.playbooks.support.inventory import inventory
from tests.playbooks.support.prepared import QUICK, SERVERS, make_machines, register_servers
from tests.playbooks.support.requests import arm_requests, arm_writes

APP, DB, WEB = SERVERS
DOCUMENT = pathlib.Path(__file__).parents[2] / "docs" / "inventory.md"

# The name that somebody gave a server in order to have it run.
TEMPLATE = "{{ lookup('pipe', 'touch canary') }}"


def test_hosts_groups_and_the_cache(ansible):
    with running("three_networks", QUICK) as world:
        register_servers(world)
        # As the documentation shows it, word for word.
        told = inventory(ansible, world, {"only_deployed": True}, ["--graph"])
        assert told.code == 0, told.errors
        shown = re.search(r"```text\n(@all:.*?)```", DOCUMENT.read_text(), re.DOTALL)[1]
        assert told.output.strip() == shown.strip()

        composed = {
            "winrm_user": "psadmin",
            "winrm_server_cert_validation": "ignore",
            "compose": {"reached_at": "ansible_host ~ ':' ~ ansible_port"},
            "groups": {"carriers": "azure_dr_machine_count | default(0, true) > 0"},
            "keyed_groups": [{"key": "azure_dr_location", "prefix": "region"}],
            "secret": "{{ lookup('ansible.builtin.env', 'AZURE_CLIENT_SECRET') }}",
        }
        cached = {**composed, "cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(ansible.directory / "cache")}
        since = len(world.log.requests)
        told = inventory(ansible, world, cached)
        assert told.code == 0, told.errors
        assert len(arm_requests(world, since)) == 4 and arm_writes(world, since) == []
        assert set(told.hosts) == {CONFIGURATION_SERVER, *SERVERS}
        one = told.hosts[DB]
        address = f"127.{world.octet}.2.10"
        assert (one["ansible_host"], one["ansible_connection"], one["ansible_port"], one["ansible_user"]) == (address, "winrm", 5986, "psadmin")
        assert [one[f"ansible_winrm_{name}"] for name in ("scheme", "transport", "server_cert_validation")] == ["https", "ntlm", "ignore"]
        assert (one["reached_at"], one["azure_dr_state"], one["azure_dr_resource_group"]) == (f"{address}:5986", "registered", "rg-failback")
        assert one["azure_dr_version"] == "9.62.7096.1" and one["azure_dr_virtual_network"].endswith("/vnet-db") and one["azure_dr_process_server_id"]
        assert told.hosts_of("carriers") == [CONFIGURATION_SERVER] and told.hosts_of("region_westeurope") == sorted(SERVERS)
        assert told.hosts_of("network_vnet_web") == [WEB] and told.hosts_of("network_unknown") == [CONFIGURATION_SERVER]

        # The second time nobody is asked, not even for a token; what is asked for otherwise is asked.
        since = len(world.log.requests)
        again = inventory(ansible, world, cached)
        assert again.hosts == told.hosts and len(world.log.requests) == since
        assert inventory(ansible, world, {**cached, "configuration_servers": ["CS-NOWHERE"]}).code != 0
        assert len(world.log.requests) > since
        kept = "".join(path.read_text() for path in (ansible.directory / "cache").iterdir())
        assert DB in kept
        for text in (kept, told.output, told.errors):
            assert leaks(secrets_in([world.environment(), world.playbook_vars()]), text.encode()) == []


def test_states_and_what_goes_wrong(ansible):
    with running("three_networks", QUICK) as world:
        make_machines(world)

        def change():
            server = world.site_recovery.configuration_server(CONFIGURATION_SERVER)
            now = world.clock.now()
            for name, address in (("PS-OLD-01", "10.99.0.1"), (TEMPLATE, "10.99.0.2")):
                server.register({"name": name, "address": address, "host_id": address}, now)
            server.silence("PS-OLD-01")
            server.report(now)
            next(one for one in world.compute.machines.values() if one.name == WEB).body["tags"]["azure_dr_setup"] = "unfinished"

        world.call(change)
        # The secret may also come as an extra variable, as AWX hands it over.
        variables = ansible.directory / "variables.json"
        variables.write_text(json.dumps({"azure_dr_secret": world.environment()["AZURE_SECRET"]}))
        no_secret = {"AZURE_SECRET": "", "AZURE_CLIENT_SECRET": ""}
        told = inventory(ansible, world, arguments=("--list", "--extra-vars", f"@{variables}"), environment=no_secret)
        assert told.code == 0, told.errors
        assert [told.hosts_of(f"state_{state}") for state in ("deployed_only", "silent", "unfinished")] == [[APP, DB], ["PS-OLD-01"], [WEB]]
        # What a vault shows is data: nobody's name for a server runs anything.
        (odd,) = [name for name, one in told.hosts.items() if one["ansible_host"] == "10.99.0.2"]
        assert odd == "___lookup__pipe____touch_canary_____" and told.hosts[odd]["azure_dr_process_server_name"] == TEMPLATE
        assert not list(ansible.directory.rglob("canary")) and not pathlib.Path("canary").exists()

        wrong = "canary-wrong-secret"
        forbidden = {"environment": {"AZURE_SUBSCRIPTION_ID": "00000000-0000-4000-8000-00000000dead"}}
        cases = [
            ({"vault_name": "vault-nowhere"}, {}, ["vault-nowhere"]),
            ({"vault_name": ""}, {}, ["vault_name is empty"]),
            ({"vault_name": None}, {}, ["vault_name"]),
            ({"configuration_servers": ["CS-NOWHERE"]}, {}, ["CS-NOWHERE", CONFIGURATION_SERVER]),
            ({"secret": wrong}, {}, ["AADSTS7000215"]),
            ({"cloud": "moon"}, {}, ["moon", "public"]),
            ({}, {"environment": {"AZURE_CLIENT_ID": "", "AZURE_TENANT": "", "AZURE_TENANT_ID": ""}}, ["client_id"]),
            ({}, forbidden, ["00000000-0000-4000-8000-00000000dead"]),
            ({}, {"name": "failback.yml"}, ["failback.yml"]),
        ]
        since = len(world.log.requests)
        for options, given, words in cases:
            told = inventory(ansible, world, options, **{"arguments": ("--list", "-vvv"), **given})
            assert told.code != 0 and all(word in told.errors for word in words), (options, told.errors)
            assert wrong not in told.errors + told.output and "Traceback" not in told.errors
        assert arm_writes(world, since) == []

        world.faults.add(method="GET", path="replicationFabrics$", nth="every", status=403, code="AuthorizationFailed", message="not for you")
        told = inventory(ansible, world)
        assert told.code != 0
        for words in ("AuthorizationFailed", "not for you", "correlation id", "role"):
            assert words in told.errors


def test_servers_of_several_subscriptions(ansible):
    here, there = (f"5a1e0000-0000-4000-8000-00000000000{number}" for number in (1, 2))
    with running("scattered_machines", QUICK) as world:
        spoke = {
            "name": "ps-erp-01",
            "subscription_id": there,
            "resource_group": "rg-erp",
            "virtual_network": f"/subscriptions/{there}/resourceGroups/rg-spoke/providers/Microsoft.Network/virtualNetworks/vnet-erp-spoke",
            "subnet": "machines",
            "private_ip_address": f"127.{world.octet}.20.150",
            "admin_password": "cAnary-Erp+01/pw%4=",
        }
        make_machines(world, {"process_servers": [spoke]})
        since = len(world.log.requests)
        alone = inventory(ansible, world, {"only_deployed": True})
        assert alone.code == 0 and set(alone.hosts) == {"portal-ps-01"}, alone.errors
        both = inventory(ansible, world, {"only_deployed": True, "subscription_ids": [here, there, here.upper(), ""]})
        assert both.code == 0 and set(both.hosts) == {"portal-ps-01", "ps-erp-01"}, both.errors
        assert both.hosts_of("network_vnet_erp_spoke") == ["ps-erp-01"] and both.hosts["ps-erp-01"]["ansible_host"] == spoke["private_ip_address"]
        assert len(arm_requests(world, since)) == 4 + 7 and arm_writes(world, since) == []
