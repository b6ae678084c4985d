"""What is read, how often, and what becomes of a reading that fails."""

from __future__ import annotations

import collections
import datetime
import threading

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites import answer, gathering
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.facts import Connection, Download, Fact
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._progress import Progress

from tests.unit.process_server import prerequisites_world as made
from tests.unit.process_server.prerequisites_world import PASSWORD, REGION, SUB, World, network_id

# The functions of the layer that sends requests, as gathering names them.
READS = {
    "site_recovery": ("get_vault", "list_fabrics", "list_providers"),
    "compute": ("list_virtual_machines", "list_virtual_machine_statuses", "list_usages", "list_sizes", "get_image"),
    "network": ("list_virtual_networks", "list_network_interfaces", "list_gateways", "check_ip_address"),
    "access": ("permissions", "marketplace_agreement"),
}


class Azure:
    """Answers from a `World` of facts; ``errors``: function name -> what it raises."""

    subscription_id = vault_subscription_id = SUB

    def __init__(self, world):
        self.world = world
        self.errors = {}
        self.asked = collections.Counter()
        self._lock = threading.Lock()

    def serve(self, function, *arguments):
        with self._lock:
            self.asked[(function, *arguments)] += 1
        if function in self.errors:
            raise self.errors[function]
        facts = self.world.facts
        if function in ("get_vault", "list_fabrics", "list_providers"):
            return {"get_vault": facts.vault, "list_fabrics": facts.fabrics, "list_providers": facts.providers}[function].value
        subscription = arguments[0].lower()
        by_subscription = {
            "list_virtual_machines": facts.machines,
            "list_virtual_machine_statuses": facts.states,
            "list_virtual_networks": facts.networks,
            "list_network_interfaces": facts.interfaces,
        }
        if function in by_subscription:
            return by_subscription[function][subscription].value
        if function in ("list_usages", "list_sizes"):
            return (facts.usages if function == "list_usages" else facts.sizes)[(subscription, arguments[1])].value
        if function == "list_gateways":
            return facts.gateways[(subscription, arguments[1].lower())].value
        if function == "check_ip_address":
            return {"available": True}
        if function == "permissions":
            return facts.permissions[made.group_id(arguments[1]).lower()].value
        if function == "get_image":
            return {"name": "14393.1", "properties": {}}
        raise AssertionError(f"nobody expected {function}")

    def get(self, path, *_unused, **_more):
        with self._lock:
            self.asked[("get", path)] += 1
        return {"value": []}

    @property
    def requests(self):
        return sum(self.asked.values())


@pytest.fixture
def azure(monkeypatch):
    there = Azure(World())
    # These go by the real clock.
    there.world.fabric["properties"]["customDetails"]["lastHeartbeat"] = datetime.datetime.now(datetime.timezone.utc).isoformat()
    for module, functions in READS.items():
        for function in functions:
            monkeypatch.setattr(getattr(gathering, module), function, lambda session, *arguments, _name=function: session.serve(_name, *arguments))
    monkeypatch.setattr(gathering.probes, "connect", lambda address, port: Connection("open", local_address="198.51.100.9"))
    monkeypatch.setattr(gathering.probes, "ask_installer", lambda url: Fact(Download(200, 1000)))
    monkeypatch.setattr(gathering.passphrase, "compare", lambda params, address: True)
    return there


def ask(azure, servers=None):
    params = {
        **azure.world.params,
        "subscription_id": SUB,
        "process_servers": servers
        or [{option: one[option] for option in ("name", "virtual_network", "private_ip_address")} for one in azure.world.entries],
        "process_server_defaults": {"resource_group": "rg-failback", "subnet": "failback", "admin_username": "psadmin", "admin_password": PASSWORD},
    }
    return answer.answer(azure, params, Progress())


def results(answered):
    return {(one["check"], one["server"], one["result"]) for one in answered["checks"]}


def test_a_world_in_order_passes(azure):
    answered = ask(azure)
    assert answered["passed"]
    assert {result for _check, _server, result in results(answered)} == {"ok", "warning", "unknown", "not_applicable"}
    assert {check for check, _server, result in results(answered) if result in ("warning", "unknown")} == {
        "retirement",
        "configuration_server_reachable",
        "channel",
    }
    assert answered["table"][0].startswith("RESULT") and answered["summary"].startswith(f"{len(answered['checks'])} checks: 1 warning, 4 unknown")
    assert PASSWORD not in repr(answered) and "sixteen" not in repr(answered)


def many(azure, count):
    """A list of ``count`` servers, each in a network of its own."""
    servers = []
    for number in range(count):
        azure.world.facts.networks[SUB].value.append(made.network(f"net-{number}", f"10.1.{number}"))
        servers.append({"name": f"ps-{number}", "virtual_network": network_id(f"net-{number}"), "private_ip_address": f"10.1.{number}.10"})
    return servers


def test_requests_are_constant_but_for_one_for_each_address(azure):
    ask(azure, many(azure, 1))
    one = azure.requests
    azure.asked.clear()
    ask(azure, many(azure, 20))
    assert azure.requests == one + 19
    # Nothing is asked for twice.
    assert set(azure.asked.values()) == {1}
    assert sum(number for asked, number in azure.asked.items() if asked[0] == "check_ip_address") == 20


def test_readings_of_a_round_go_at_the_same_time(azure, monkeypatch):
    """The first round holds eight requests: each of them waits for the seven others."""
    first = ["get_vault", "list_fabrics", "list_virtual_machines", "list_virtual_networks", "list_network_interfaces", "permissions"]
    together = threading.Barrier(8)
    serve = azure.serve

    def wait_for_the_others(function, *arguments):
        if function in first:
            together.wait(timeout=20)
        return serve(function, *arguments)

    monkeypatch.setattr(azure, "serve", wait_for_the_others)
    assert ask(azure)["passed"]


FORBIDDEN = AsrError("listing", code="AuthorizationFailed", said="The client does not have authorization")


@pytest.mark.parametrize(
    "function, unknown",
    [
        ("get_vault", {"vault"}),
        (
            "list_fabrics",
            {
                "scenario",
                "configuration_server",
                "configuration_server_heartbeat",
                "configuration_server_connection",
                "installer_version",
                "passphrase",
            },
        ),
        ("list_providers", {"configuration_server_connection"}),
        ("list_virtual_machines", {"quota", "name"}),
        ("list_virtual_networks", {"network", "subnet", "private_ip_address", "size", "image", "image_terms", "quota", "on_premises_connection"}),
        ("list_usages", {"quota"}),
        ("list_sizes", {"quota", "size"}),
        ("get_image", {"image", "image_terms"}),
        ("check_ip_address", {"private_ip_address"}),
        ("list_gateways", {"on_premises_connection"}),
        ("permissions", {"permissions"}),
    ],
)
def test_what_may_not_be_read_is_unknown_and_never_ok(azure, function, unknown):
    usual = {"configuration_server_reachable", "channel"}
    azure.errors[function] = FORBIDDEN
    answered = ask(azure)
    assert {one["check"] for one in answered["checks"] if one["result"] == "unknown"} == unknown | usual
    assert not [one for one in answered["checks"] if one["result"] == "failed"]
    # Room for more machines than may still be to make is room enough, and their number is known without their sizes.
    if function not in ("list_virtual_machines", "list_sizes"):
        assert not [one for one in answered["checks"] if one["check"] in unknown and one["result"] == "ok"]
    assert any("AuthorizationFailed" in one["evidence"] for one in answered["checks"])


def test_all_may_be_forbidden_and_is_reported(azure):
    for functions in READS.values():
        for function in functions:
            azure.errors[function] = AsrError(function, code="AuthorizationFailed", said="no")
    answered = ask(azure)
    assert {one["result"] for one in answered["checks"]} <= {"unknown", "ok", "warning"}
    assert {one["check"] for one in answered["checks"] if one["result"] == "ok"} <= {"admin_username", "admin_password", "installer"}


@pytest.mark.parametrize(
    "error",
    [
        AsrError("signing in to Azure", on="tenant t", code="AADSTS7000215", said="wrong secret"),
        AsrError("listing", code="no answer", said="ConnectionError"),
    ],
)
def test_one_cause_for_everything_is_one_error(azure, error):
    for functions in READS.values():
        for function in functions:
            azure.errors[function] = error
    with pytest.raises(AsrError) as raised:
        ask(azure)
    assert raised.value is error


def test_a_wrong_access_to_the_configuration_server_is_told_from_one_that_is_down(azure, monkeypatch):
    for code, result in (("CredentialsRejected", "failed"), ("CertificateChanged", "failed"), ("ConnectionTimeout", "unknown")):

        def compare(_params, _address, code=code):
            raise AsrError("starting compare_passphrase", code=code, said="no")

        monkeypatch.setattr(gathering.passphrase, "compare", compare)
        (found,) = [one for one in ask(azure)["checks"] if one["check"] == "passphrase"]
        assert found["result"] == result and code in found["evidence"]


def test_a_role_on_the_network_alone_is_asked_for_there(azure):
    azure.world.facts.permissions[made.group_id("rg-network").lower()] = Fact([{"actions": ["*/read"], "notActions": []}])
    answered = ask(azure)
    asked = sorted(path for function, path in (one for one in azure.asked if one[0] == "get"))
    assert asked == [f"{network_id(name)}/subnets/failback/providers/Microsoft.Authorization/permissions" for name in ("vnet-app", "vnet-db")]
    assert ("permissions", "", "failed") in results(answered)


def test_terms_are_asked_for_once_for_each_image(azure, monkeypatch):
    plan = {"name": "plan", "publisher": "p", "product": "o"}
    monkeypatch.setattr(gathering.compute, "get_image", lambda *_unused: {"name": "1", "properties": {"plan": plan}})
    agreements = []
    monkeypatch.setattr(gathering.access, "marketplace_agreement", lambda _session, *asked: agreements.append(asked))
    answered = ask(azure)
    assert agreements == [(SUB, "p", "o", "plan")]
    assert {("image_terms", "ps-app-01", "failed"), ("image_terms", "ps-db-01", "failed")} <= results(answered)


def test_machines_that_are_there_are_looked_at(azure):
    azure.world.deploy("ps-app-01")
    answered = ask(azure)
    assert azure.asked[("list_virtual_machine_statuses", SUB)] == 1
    assert ("channel", "ps-app-01", "ok") in results(answered)
    assert ("quota", "ps-app-01", "ok") in results(answered)


def test_gateways_of_another_subscription_are_found_through_its_networks(azure):
    facts = azure.world.facts
    hub = next(one for one in facts.networks[SUB].value if one["name"] == "vnet-hub")
    facts.networks[SUB].value.remove(hub)
    moved = hub["id"].replace(SUB, "other")
    azure.world.network("vnet-db")["properties"]["virtualNetworkPeerings"][0]["properties"]["remoteVirtualNetwork"]["id"] = moved
    facts.networks["other"] = Fact([{**hub, "id": moved}])
    gateway = made.gateway("er", "vnet-hub", "ExpressRoute")
    gateway["properties"]["ipConfigurations"][0]["properties"]["subnet"]["id"] = f"{moved}/subnets/GatewaySubnet"
    facts.gateways[("other", "rg-network")] = Fact([gateway])
    assert ("on_premises_connection", "ps-db-01", "ok") in results(ask(azure))


def test_a_flawed_entry_hides_no_other_check(azure):
    servers = [{"name": "ps-application-01", "virtual_network": network_id("vnet-app"), "private_ip_address": "10.0.1.200"}, {"name": "ps-db-01"}]
    answered = ask(azure, servers)
    failed = {(check, server) for check, server, result in results(answered) if result == "failed"}
    assert failed == {("name", "ps-application-01"), ("private_ip_address", "ps-application-01"), ("options", "ps-db-01")}
    assert not answered["passed"] and REGION in " ".join(answered["table"])
