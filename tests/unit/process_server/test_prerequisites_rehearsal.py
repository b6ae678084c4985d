"""All checks over real connections, against the rehearsal world: what they cost, and what they say of a world that was spoiled."""

from __future__ import annotations

import copy

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._azure.session import AzureSession
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites import answer
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._progress import Progress

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.on_premises import NOT_SEEN
from tests.azure_simulator import scenario
from tests.azure_simulator.running import running

SUB = "5a1e0000-0000-4000-8000-000000000001"
CLIENT = "c11e0000-0000-4000-8000-000000000001"
GROUP = f"/subscriptions/{SUB}/resourceGroups/"


def ask(world, monkeypatch, **changes):
    for name, value in world.environment().items():
        monkeypatch.setenv(name, value)
    environment = world.environment()
    params = {
        "subscription_id": environment["AZURE_SUBSCRIPTION_ID"],
        "tenant": environment["AZURE_TENANT"],
        "client_id": environment["AZURE_CLIENT_ID"],
        "secret": environment["AZURE_SECRET"],
        **world.playbook_vars(),
        **changes,
    }
    if params["configuration_server_winrm"]:
        params["configuration_server_winrm"] = {"transport": "ntlm", "port": 5986, **params["configuration_server_winrm"]}
    return answer.answer(AzureSession(params), params, Progress())


def of(answered, name, server=""):
    found = [one for one in answered["checks"] if one["check"] == name and one["server"] == server]
    assert found, answered["checks"]
    return found


def result(answered, name, server=""):
    return {one["result"] for one in of(answered, name, server)}


def failed(answered):
    return {(one["check"], one["server"]) for one in answered["checks"] if one["result"] == "failed"}


def test_three_networks_pass_and_nothing_is_written(monkeypatch):
    with running("three_networks") as world:
        answered = ask(world, monkeypatch)
        assert failed(answered) == set() and answered["passed"], answered["table"]
        assert world.log.writes() == []
        assert result(answered, "passphrase") == {"ok"}
        assert result(answered, "installer") == {"ok"}
        assert [of(answered, "on_premises_connection", name)[0]["evidence"] for name in ("ps-app-01", "ps-db-01", "ps-web-01")] == [
            f"vnet-app has VPN gateway vnet-app-gateway; {NOT_SEEN}",
            f"vnet-db uses VPN gateway vnet-hub-gateway of vnet-hub through peering; {NOT_SEEN}",
            f"vnet-web has ExpressRoute gateway vnet-web-gateway; {NOT_SEEN}",
        ]
        # From outside the networks neither of these can be told, so they are not called in order.
        assert result(answered, "configuration_server_reachable", "ps-app-01") == {"unknown"}
        assert result(answered, "channel", "ps-app-01") == {"unknown"}


def many_networks(count):
    """The world's networks and ``count`` more, each with a gateway."""
    networks = copy.deepcopy(scenario.load("three_networks")["network"]["virtual_networks"])
    for number in range(count):
        prefix = f"127.{{octet}}.{10 + number}"
        subnets = [{"name": "failback", "prefix": f"{prefix}.0/25"}, {"name": "GatewaySubnet", "prefix": f"{prefix}.128/25"}]
        networks.append({"name": f"net-{number}", "resource_group": "rg-network", "prefix": f"{prefix}.0/24", "subnets": subnets, "gateway": "vpn"})
    return networks


def servers(world, count):
    network = f"{GROUP}rg-network/providers/Microsoft.Network/virtualNetworks/net-"
    return [
        {
            "name": f"ps-{number}",
            "virtual_network": f"{network}{number}",
            "private_ip_address": f"127.{world.octet}.{10 + number}.10",
            "admin_password": "Canary-Pw+0001",
        }
        for number in range(count)
    ]


def test_requests_do_not_depend_on_the_number_of_servers_but_for_the_addresses(monkeypatch):
    quota = {"regions": {"westeurope": {"usages": {"cores": {"limit": 500}, "standardAv2Family": {"limit": 500}}}}}
    with running("three_networks", {"network": {"virtual_networks": many_networks(20)}, "compute": quota}) as world:
        costs = {}
        for count in (1, 20):
            world.log.clear()
            answered = ask(world, monkeypatch, process_servers=servers(world, count))
            assert failed(answered) == set(), answered["table"]
            costs[count] = world.log.without_pages()
    addresses = {count: [one for one in requests if "checkipaddressavailability" in one["path"].lower()] for count, requests in costs.items()}
    assert {count: len(asked) for count, asked in addresses.items()} == {1: 1, 20: 20}
    assert len(costs[20]) - len(addresses[20]) == len(costs[1]) - len(addresses[1])
    # None of them is asked twice.
    assert len({(one["path"].lower(), one["query"]) for one in costs[20]}) == len(costs[20])


def test_quota_for_two_is_not_enough_for_three(monkeypatch):
    quota = {"regions": {"westeurope": {"usages": {"standardAv2Family": {"limit": 23}}}}}
    with running("three_networks", {"compute": quota}) as world:
        answered = ask(world, monkeypatch)
        assert failed(answered) == {("quota", "")}
        assert any("24 needed for all servers, 23 free" in one["evidence"] for one in of(answered, "quota"))


def test_missing_permissions_are_named(monkeypatch):
    with running("three_networks") as world:
        world.call(lambda: world.access.withdraw(CLIENT, f"{GROUP}rg-failback"))
        answered = ask(world, monkeypatch)
        assert ("permissions", "") in failed(answered)
        (missing,) = [one for one in of(answered, "permissions") if one["result"] == "failed"]
        assert "Microsoft.Compute/virtualMachines/write" in missing["evidence"] and "rg-failback" in missing["evidence"]
        assert world.log.writes() == []


def test_an_account_that_may_do_nothing_is_told_everything(monkeypatch):
    with running("three_networks") as world:
        world.call(lambda: world.access.withdraw(CLIENT))
        answered = ask(world, monkeypatch)
        assert not answered["passed"]
        assert result(answered, "scenario") == {"unknown"}
        assert result(answered, "network", "ps-app-01") == {"unknown"}
        assert "AuthorizationFailed" in of(answered, "scenario")[0]["evidence"]
        assert len(answered["checks"]) > 40


def test_a_taken_address_a_wrong_passphrase_and_an_old_image_are_all_told_at_once(monkeypatch):
    with running("three_networks") as world:
        variables = world.playbook_vars()
        app, db, web = variables["process_servers"]
        app["private_ip_address"] = f"127.{world.octet}.1.20"
        web["image"] = {"publisher": "MicrosoftAzureSiteRecovery", "offer": "Process-Server", "sku": "Windows-2012-R2-Datacenter"}
        installer = {**variables["installer"], "size_bytes": variables["installer"]["size_bytes"] + 1}
        answered = ask(world, monkeypatch, process_servers=[app, db, web], passphrase="not-the-right-one-1", installer=installer)
        assert failed(answered) == {("private_ip_address", "ps-app-01"), ("passphrase", ""), ("installer", ""), ("channel", "ps-web-01")}
        assert "app-front-01-nic" in of(answered, "private_ip_address", "ps-app-01")[0]["evidence"]
        assert result(answered, "image_terms", "ps-web-01") == {"ok"}
        assert "not-the-right-one-1" not in repr(answered)


def test_terms_that_were_not_accepted(monkeypatch):
    with running("three_networks") as world:
        world.call(world.resources.accepted.clear)
        variables = world.playbook_vars()
        answered = ask(world, monkeypatch, process_server_defaults={**variables["process_server_defaults"], "method": "configuration_tool"})
        assert failed(answered) == {("image_terms", name) for name in ("ps-app-01", "ps-db-01", "ps-web-01")}


@pytest.mark.parametrize(
    "name, words",
    [("modernized", "needs no process server"), ("two_of_one_name", "Give the fabric id")],
)
def test_vaults_that_cannot_be_meant(monkeypatch, name, words):
    with running(name) as world:
        answered = ask(world, monkeypatch)
        text = " ".join(f"{one['evidence']} {one['cure']}" for one in answered["checks"] if one["result"] == "failed")
        assert words in text
        assert len(answered["checks"]) > 20


def test_a_wrong_secret_is_one_error(monkeypatch):
    with running("three_networks") as world:
        with pytest.raises(AsrError, match="AADSTS7000215") as raised:
            ask(world, monkeypatch, secret="canary-wrong-secret")
        assert "canary" not in str(raised.value)
