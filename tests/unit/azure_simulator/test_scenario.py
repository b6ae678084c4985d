"""Scenarios: merging, placeholders, references, and those that are shipped."""

from __future__ import annotations

import hashlib
import ipaddress
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from tests.azure_simulator import claims
from tests.azure_simulator.errors import ScenarioError, WorldError
from tests.azure_simulator.installer_content import content, sha256_of
from tests.azure_simulator.scenario import SCENARIOS, fleet, load, merge, resolve


def write(folder, name, **sections):
    (folder / name).mkdir()
    for section, value in sections.items():
        (folder / name / f"{section}.yml").write_text(yaml.safe_dump(value))
    return folder / name


def test_a_scenario_extends_others_key_by_key(tmp_path):
    write(tmp_path, "one", world={"a": 1, "b": {"c": [1, 2], "d": 2}}, network={"n": 1})
    write(tmp_path, "two", world={"extends": "one", "b": {"c": [3]}})
    three = write(tmp_path, "three", world={"extends": "two", "a": None}, playbook={"p": 1})
    assert load(three) == {"world": {"a": None, "b": {"c": [3], "d": 2}}, "network": {"n": 1}, "playbook": {"p": 1}}


def test_an_unknown_scenario_names_those_that_are_known():
    with pytest.raises(ScenarioError, match="three_networks"):
        load("nowhere")


def test_merging_changes_neither_side():
    below, above = {"a": {"b": [1]}}, {"a": {"c": [2]}}
    merged = merge(below, above)
    merged["a"]["b"].append(9)
    merged["a"]["c"].append(9)
    assert below == {"a": {"b": [1]}} and above == {"a": {"c": [2]}}


def test_placeholders_and_references():
    sections = {"windows": {"servers": [{"address": "127.{octet}.1.1", "size": 5, "accounts": {"adm": "pw{x}"}}]},
                "playbook": {"all": "{windows.servers}", "size": "{windows.servers.0.size}",
                             "url": "https://{windows.servers.0.address}:{windows.servers.0.size}/",
                             "password": "{windows.servers.0.accounts.adm}", "script": "${env.x} {} {other.thing}",
                             "again": "{playbook.url}"}}
    resolved = resolve(sections, 42)
    assert resolved["playbook"] == {
        "all": [{"address": "127.42.1.1", "size": 5, "accounts": {"adm": "pw{x}"}}], "size": 5,
        "url": "https://127.42.1.1:5/", "password": "pw{x}", "script": "${env.x} {} {other.thing}",
        "again": "https://127.42.1.1:5/"}


@pytest.mark.parametrize("value, message", [
    ("{windows.nothing}", "points to nothing"), ("{windows.list.7}", "points to nothing"),
    ("{playbook.value}", "leads back to itself"),
])
def test_broken_references(value, message):
    with pytest.raises(ScenarioError, match=message):
        resolve({"windows": {"list": []}, "playbook": {"value": value}}, 42)


def test_the_hash_of_an_installer_follows_from_its_content():
    url = "https://download.example/a.exe"
    assert len(content(url, 150_001)) == 150_001
    assert sha256_of(url, 150_001) == hashlib.sha256(content(url, 150_001)).hexdigest()
    assert sha256_of(url, 150_001) != sha256_of(url + "x", 150_001) != sha256_of(url, 150_000)
    sections = {"windows": {"installers": [{"url": url, "size_bytes": 10}]},
                "playbook": {"sha": "{windows.installers.0.sha256}"}}
    assert resolve(sections, 16)["playbook"]["sha"] == sha256_of(url, 10)


@pytest.mark.parametrize("name", sorted(path.name for path in SCENARIOS.iterdir() if path.is_dir()))
def test_every_shipped_scenario_can_be_resolved(name):
    sections = resolve(load(name), 77)
    assert "{octet}" not in yaml.safe_dump(sections)
    world = sections["world"]
    assert world["clients"][0]["secret"] and world["subscriptions"]
    for client in world["clients"]:
        for role in client["roles"]:
            assert role["role"] in world["roles"]
    for kind, seconds in world["retry_after"].items():
        for each in seconds if isinstance(seconds, list) else [seconds]:
            assert isinstance(each, int) and each >= 1, kind


# --- claims ----------------------------------------------------------------------------------------------------------

def test_worlds_side_by_side_get_different_octets():
    held = [claims.claim() for unused in range(5)]
    try:
        assert len({claim.octet for claim in held}) == 5
        taken = held[0].octet
        with pytest.raises(WorldError, match="taken"):
            claims.claim([taken])
    finally:
        for claim in held:
            claim.release()
    again = claims.claim([taken])
    again.release()


def test_a_process_that_is_killed_gives_its_octet_back():
    program = ("import time; from tests.azure_simulator.claims import claim;"
               "held = claim(); print(held.octet, flush=True); time.sleep(60)")
    process = subprocess.Popen([sys.executable, "-c", program], cwd=Path(__file__).parents[3],
                               stdout=subprocess.PIPE, text=True)
    try:
        octet = int(process.stdout.readline())
        with pytest.raises(WorldError):
            claims.claim([octet])
    finally:
        process.kill()
        process.communicate()
    claims.claim([octet]).release()


def test_a_claimed_octet_leaves_all_addresses_free_for_hosts():
    claim = claims.claim()
    try:
        with socket.create_server((f"127.{claim.octet}.1.10", 5986)):
            pass
    finally:
        claim.release()


# --- fleets ----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("count", [1, 5, 20, 50, 100])
def test_a_fleet_has_one_network_for_each_server(count):
    sections = resolve(fleet(count), 77)
    servers = sections["playbook"]["process_servers"]
    networks = {network["name"]: network for network in sections["network"]["virtual_networks"]}
    assert len(servers) == len(networks) == count
    for server in servers:
        network = networks[server["virtual_network"].rsplit("/", 1)[1]]
        subnet = ipaddress.ip_network(network["subnets"][0]["prefix"])
        assert ipaddress.ip_address(server["private_ip_address"]) in subnet
        assert subnet.subnet_of(ipaddress.ip_network(network["prefix"])) and len(server["name"]) <= 15
    assert len({server["admin_password"] for server in servers}) == count
    assert len({server["private_ip_address"] for server in servers}) == count
    usages = sections["compute"]["regions"]["westeurope"]["usages"]
    assert usages["standardAv2Family"]["limit"] >= 8 * count and usages["cores"]["limit"] >= 8 * count + 12


def test_servers_of_a_fleet_are_unevenly_fast_and_always_the_same():
    latencies = fleet(50)["world"]["latencies"]["virtual_machine"]["by_name"]
    assert latencies == fleet(50)["world"]["latencies"]["virtual_machine"]["by_name"]
    assert max(latencies.values()) > 2 * min(latencies.values()) and len(set(latencies.values())) == 50
    # A larger fleet has the same servers and more.
    assert latencies.items() >= fleet(20)["world"]["latencies"]["virtual_machine"]["by_name"].items()


@pytest.mark.parametrize("count", [0, 200])
def test_a_fleet_that_has_no_room(count):
    with pytest.raises(ScenarioError, match="1 to 199"):
        fleet(count)


def test_a_fleet_leaves_the_scenario_it_is_made_from_as_it_was():
    before = yaml.safe_dump(load("three_networks"))
    fleet(3)
    assert yaml.safe_dump(load("three_networks")) == before
