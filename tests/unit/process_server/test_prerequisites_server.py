"""Names, credentials, the passphrase, the installer, and a way to each server."""

from __future__ import annotations

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites import (
    channel,
    credentials,
    installer,
    names,
    passphrase_check,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.facts import Connection, Download, Fact

from tests.unit.process_server.prerequisites_world import FORBIDDEN, GALLERY_IMAGE, PASSWORD, SUB, assert_check, machine, only, spoiled

APP, DB = "ps-app-01", "ps-db-01"


def entry(**changes):
    return lambda world: world.entries[0].update(changes)


def both(*changes):
    return lambda world: [change(world) for change in changes] and None


def deployed(**changes):
    return lambda world: world.deploy(APP, **changes)


def registered(**changes):
    return lambda world: world.register(**changes)


@pytest.mark.parametrize(
    "change, result, words",
    [
        (None, "ok", "ps-app-01 is free"),
        (deployed(), "ok", "made by this collection"),
        (deployed(ours=False), "failed", "was not made by this collection"),
        (deployed(group="rg-other"), "warning", "rg-other"),
        (deployed(group="rg-other", location="northeurope"), "ok", "is free"),
        (lambda world: world.entries[1].update(name="PS-APP-01"), "failed", "more than once"),
        (registered(address="10.9.9.9"), "warning", "registered under another address: 10.9.9.9"),
        (registered(), "ok", "is free"),
        (lambda world: world.facts.machines.update({SUB: FORBIDDEN}), "unknown", "AuthorizationFailed"),
    ],
)
def test_name(change, result, words):
    world = spoiled(change)
    assert_check(next(one for one in names.checks(world.facts, world.places, world.fabric) if one.server == APP), result, words)


def test_a_name_that_is_too_long_is_told_with_both_numbers():
    world = spoiled(entry(name="ps-application-01"))
    assert_check(
        only(names.checks(world.facts, world.places, world.fabric), "name", "ps-application-01"),
        "failed",
        "17 characters; a Windows computer name has 15",
    )


@pytest.mark.parametrize(
    "change, check, result",
    [
        (None, "admin_username", "ok"),
        (None, "admin_password", "ok"),
        (entry(admin_username="root"), "admin_username", "failed"),
        (entry(admin_password="weak"), "admin_password", "failed"),
        (both(entry(admin_password=None), deployed(), registered()), "admin_password", "not_applicable"),
        (both(entry(admin_password=None), deployed()), "admin_password", "failed"),
    ],
)
def test_credentials(change, check, result):
    world = spoiled(change)
    found = only(credentials.checks(world.facts, world.places, world.fabric), check, APP)
    assert_check(found, result)
    assert PASSWORD not in repr(found)


def compared(fact):
    return lambda world: setattr(world.facts, "passphrase_is_right", fact)


def all_registered(world):
    for one in world.entries:
        world.register(one["name"], one["private_ip_address"])


@pytest.mark.parametrize(
    "change, result, words",
    [
        (None, "ok", "says that it is equal"),
        (compared(Fact(False)), "failed", "not equal"),
        (compared(Fact("starting compare_passphrase: CredentialsRejected")), "failed", "CredentialsRejected"),
        (compared(Fact(unknown="starting compare_passphrase: ConnectionTimeout")), "unknown", "ConnectionTimeout"),
        (lambda world: world.params.update(configuration_server_winrm=None), "unknown", "configuration_server_winrm is not given"),
        (lambda world: world.params.update(passphrase=None), "failed", f"passphrase is not given, and {APP}, {DB} cannot be registered"),
        (both(lambda world: world.params.update(passphrase=""), all_registered), "not_applicable", "no server is left"),
        (
            both(
                lambda world: world.params.update(passphrase=None), lambda world: [one.update(method="configuration_tool") for one in world.entries]
            ),
            "not_applicable",
            "no server is left",
        ),
    ],
)
def test_passphrase(change, result, words):
    world = spoiled(change)
    found = only(passphrase_check.checks(world.facts, world.params, world.places, world.fabric), "passphrase")
    assert_check(found, result, words)
    assert "sixteen" not in repr(found)


def answers(status=200, size=1000):
    return lambda world: setattr(world.facts, "installer", Fact(Download(status, size)))


def wanted(**changes):
    return lambda world: world.params["installer"].update(changes)


@pytest.mark.parametrize(
    "change, result, words",
    [
        (None, "ok", "https://download.example.com/setup.exe answers, with 1000 bytes as stated"),
        (answers(size=999), "failed", "has 999 bytes, installer.size_bytes says 1000"),
        (answers(404), "failed", "HTTP 404"),
        (answers(403, 1000), "failed", "HTTP 403"),
        (answers(size=None), "unknown", "does not state a size"),
        (wanted(size_bytes=None), "unknown", "installer.size_bytes is not given"),
        (lambda world: setattr(world.facts, "installer", Fact(unknown="no connection")), "unknown", "no connection"),
        (wanted(sha256="abc"), "failed", "not a SHA-256"),
        (lambda world: world.params.update(installer=None), "failed", "installer is not given"),
        (both(lambda world: world.params.update(installer=None), all_registered), "not_applicable", "no server is left"),
    ],
)
def test_installer(change, result, words):
    world = spoiled(change)
    found = only(installer.checks(world.facts, world.params, world.places, world.fabric), "installer")
    assert_check(found, result, words)
    assert "sig=hidden" not in repr(found)


@pytest.mark.parametrize(
    "ours, theirs, result",
    [
        ("9.62.7096.1", "9.62.7096.1", "ok"),
        ("9.61.1.1", "9.62.7096.1", "ok"),
        ("9.62", "9.62.0.0", "ok"),
        ("9.62.7096.2", "9.62.7096.1", "failed"),
        ("9.100.1.1", "9.62.7096.1", "failed"),
        ("10.0", "9.62.7096.1", "failed"),
        (None, "9.62.7096.1", "unknown"),
        ("9.62.7096.1", None, "unknown"),
        ("newest", "9.62.7096.1", "unknown"),
    ],
)
def test_installer_version(ours, theirs, result):
    def change(world):
        world.params["installer"]["version"] = ours
        world.fabric["properties"]["customDetails"]["agentVersion"] = theirs

    world = spoiled(change)
    assert_check(only(installer.checks(world.facts, world.params, world.places, world.fabric), "installer_version"), result)


def port(outcome, number=5986):
    return lambda world: world.facts.connections.update({("10.0.1.10", number): Connection(outcome)})


def state(power="running", agent=None):
    view = {"statuses": [{"code": f"PowerState/{power}"}], **({"vmAgent": {"statuses": [{"displayStatus": agent}]}} if agent else {})}
    return lambda world: world.facts.states.update({SUB: Fact([{**machine(APP), "properties": {"instanceView": view}}])})


PINNED = entry(winrm_certificate_fingerprint="ab" * 32)
OLD = entry(image=dict(GALLERY_IMAGE))
RUN_COMMAND = entry(channel="run_command")


@pytest.mark.parametrize(
    "change, result, words",
    [
        (None, "unknown", "only when the machine is there"),
        (entry(method="configuration_tool"), "not_applicable", "remote desktop"),
        (registered(), "ok", "registered"),
        (OLD, "failed", "Run Command serves Windows Server 2016 and later"),
        (both(OLD, PINNED), "unknown", "only when the machine is there"),
        (both(deployed(), port("open")), "ok", "10.0.1.10:5986 accepts connections"),
        (both(deployed(), port("refused")), "ok", "listener is made through Run Command"),
        (both(deployed(), port("refused"), PINNED), "failed", "refuses connections"),
        (both(deployed(), port("silent"), PINNED), "failed", "does not answer"),
        (both(deployed(), port("silent")), "unknown", "may not listen yet"),
        (both(deployed(state="Creating"), port("silent"), PINNED), "unknown", "may not listen yet"),
        (both(deployed(), PINNED), "unknown", "was not tried"),
        (both(deployed(), entry(winrm_proxy="http://proxy:3128")), "unknown", "through a proxy"),
        (both(deployed(), state("deallocated"), port("silent")), "failed", "deallocated"),
        (both(deployed(), state("running"), port("open")), "ok", "accepts connections"),
        (RUN_COMMAND, "ok", "Windows Server 2016"),
        (both(RUN_COMMAND, OLD), "failed", "2012"),
        (both(RUN_COMMAND, entry(image={"id": "/images/own"})), "unknown", "release of /images/own is not known"),
        (both(RUN_COMMAND, lambda world: world.facts.machines.update({SUB: FORBIDDEN})), "unknown", "AuthorizationFailed"),
        (both(RUN_COMMAND, deployed(), state("running", "Ready")), "ok", "agent is ready"),
        (both(RUN_COMMAND, deployed(), state("running", "Not Ready")), "unknown", "agent is not known to be ready"),
        (both(RUN_COMMAND, deployed()), "unknown", "agent is not known to be ready"),
        (both(RUN_COMMAND, deployed(), lambda world: world.facts.states.update({SUB: FORBIDDEN})), "unknown", "agent is not known to be ready"),
    ],
)
def test_channel(change, result, words):
    world = spoiled(change)
    assert_check(only(channel.checks(world.facts, world.places, world.fabric), "channel", APP), result, words)
