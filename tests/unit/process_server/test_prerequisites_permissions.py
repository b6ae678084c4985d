"""What the account must be allowed to do, and whether it is."""

from __future__ import annotations

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites import permissions
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.facts import Fact
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.needs import all_needs

from tests.unit.process_server.prerequisites_world import FORBIDDEN, assert_check, group_id, network_id, spoiled

WRITE = "Microsoft.Compute/virtualMachines/write"


@pytest.mark.parametrize(
    "entries, allowed",
    [
        ([{"actions": ["*"], "notActions": []}], True),
        ([{"actions": ["Microsoft.Compute/virtualMachines/*"], "notActions": []}], True),
        ([{"actions": ["microsoft.compute/VIRTUALMACHINES/write"]}], True),
        ([{"actions": ["*/write"]}], True),
        ([{"actions": ["*/read"]}], False),
        ([{"actions": ["*"], "notActions": ["Microsoft.Compute/*/write"]}], False),
        ([{"actions": ["*"], "notActions": ["Microsoft.Compute/*"]}, {"actions": [WRITE], "notActions": []}], True),
        ([{"actions": ["Microsoft.Compute/virtualMachines"]}], False),
        # A full stop is one, and not any character.
        ([{"actions": ["MicrosoftXCompute/virtualMachines/write"]}], False),
        ([{"actions": [], "dataActions": ["*"]}], False),
        ([], False),
    ],
)
def test_allows(entries, allowed):
    assert permissions.allows(entries, WRITE) is allowed


def checks(world):
    return permissions.checks(world.facts, all_needs(world.places, world.params, world.fabric, world.facts.now))


def of(world, group):
    """The one check of a resource group."""
    (found,) = [one for one in checks(world) if f"group {group}" in one.evidence or f"in {group}" in one.evidence]
    return found


def may(group, *actions, without=()):
    def change(world):
        world.facts.permissions[group_id(group).lower()] = Fact([{"actions": list(actions), "notActions": list(without)}])

    return change


def test_all_groups_are_checked():
    world = spoiled(None)
    found = checks(world)
    assert [one.result for one in found] == ["ok"] * 3
    assert {one.evidence.split("group ")[1].split(":")[0] for one in found} == {"rg-dr", "rg-failback", "rg-network"}


@pytest.mark.parametrize(
    "change, group, result, words",
    [
        (may("rg-failback", "*/read"), "rg-failback", "failed", WRITE),
        (may("rg-failback", "*/read"), "rg-failback", "failed", "Microsoft.Network/networkInterfaces/write"),
        (
            may("rg-failback", "*", without=["Microsoft.Compute/disks/*"]),
            "rg-failback",
            "failed",
            "not allowed in group rg-failback: Microsoft.Compute/disks/write |",
        ),
        (may("rg-failback", "*", without=["Microsoft.Compute/virtualMachines/runCommands/*"]), "rg-failback", "failed", "runCommands/write"),
        (may("rg-failback", "Microsoft.Compute/*", "Microsoft.Network/*"), "rg-failback", "ok", "allowed"),
        (lambda world: world.facts.permissions.update({group_id("rg-failback").lower(): Fact(None)}), "rg-failback", "failed", "is not there"),
        (lambda world: world.facts.permissions.update({group_id("rg-failback").lower(): FORBIDDEN}), "rg-failback", "unknown", "AuthorizationFailed"),
        (lambda world: world.facts.permissions.update({group_id("rg-dr").lower(): FORBIDDEN}), "rg-dr", "unknown", "AuthorizationFailed"),
        # Given at the network or at the vault alone, the group does not show it: not read is not known.
        (may("rg-network", "*/read"), "rg-network", "unknown", "subnets/join/action"),
        (may("rg-dr", "*/read"), "rg-dr", "unknown", "refreshProvider/action"),
    ],
)
def test_one_group(change, group, result, words):
    assert_check(of(spoiled(change), group), result, words)


def at_subnets(*actions):
    def change(world):
        may("rg-network", "*/read")(world)
        for place in world.places:
            world.facts.permissions[place.subnet_id.lower()] = Fact([{"actions": list(actions), "notActions": []}])

    return change


def test_a_role_on_the_network_alone_counts():
    assert_check(of(spoiled(at_subnets("Microsoft.Network/*")), "rg-network"), "ok", "allowed")
    assert_check(of(spoiled(at_subnets("*/read")), "rg-network"), "failed", "subnets/join/action")


def test_resources_are_asked_only_where_the_group_does_not_allow_it():
    world = spoiled(None)
    needs = all_needs(world.places, world.params, world.fabric, world.facts.now)
    assert permissions.resources_to_ask(world.facts, needs) == []
    may("rg-network", "*/read")(world)
    assert permissions.resources_to_ask(world.facts, needs) == [f"{network_id(name)}/subnets/failback" for name in ("vnet-app", "vnet-db")]
    world.facts.permissions[group_id("rg-network").lower()] = FORBIDDEN
    assert permissions.resources_to_ask(world.facts, needs) == []


def actions(change):
    world = spoiled(change)
    return {need.action for need in all_needs(world.places, world.params, world.fabric, world.facts.now)}


def each_entry(**changes):
    return lambda world: [one.update(changes) for one in world.entries]


@pytest.mark.parametrize(
    "change, action, needed",
    [
        (None, WRITE, True),
        (None, "Microsoft.Compute/virtualMachines/runCommands/write", True),
        (each_entry(winrm_certificate_fingerprint="ab" * 32), "Microsoft.Compute/virtualMachines/runCommands/write", False),
        (each_entry(winrm_certificate_fingerprint="ab" * 32, channel="run_command"), "Microsoft.Compute/virtualMachines/runCommands/write", True),
        (each_entry(method="configuration_tool"), "Microsoft.Compute/virtualMachines/runCommands/write", False),
        (None, "Microsoft.Network/publicIPAddresses/write", False),
        (each_entry(public_ip_address=True), "Microsoft.Network/publicIPAddresses/write", True),
        (
            each_entry(network_security_group=f"{group_id('rg-network')}/providers/Microsoft.Network/networkSecurityGroups/nsg"),
            "Microsoft.Network/networkSecurityGroups/join/action",
            True,
        ),
        (each_entry(key_vault_id=f"{group_id('rg-keys')}/providers/Microsoft.KeyVault/vaults/keys"), "Microsoft.KeyVault/vaults/deploy/action", True),
        (None, "Microsoft.KeyVault/vaults/deploy/action", False),
    ],
)
def test_needed_actions_follow_from_what_is_asked_for(change, action, needed):
    assert (action in actions(change)) is needed


def test_servers_that_are_there_need_less():
    def finished(world):
        for one in world.entries:
            world.deploy(one["name"])
            world.register(one["name"], one["private_ip_address"])

    assert actions(finished) == set()


def test_reading_the_vault_is_needed_where_it_did_not_work():
    def forbidden(world):
        world.facts.fabrics = FORBIDDEN

    assert "Microsoft.RecoveryServices/vaults/replicationFabrics/read" in actions(forbidden)
    assert "Microsoft.RecoveryServices/vaults/replicationFabrics/read" not in actions(None)
