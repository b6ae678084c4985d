"""One flaw in the list hides no other."""

from __future__ import annotations

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites import listing

from tests.unit.process_server.prerequisites_world import PASSWORD, SUB, assert_check, network_id


def params(*servers, **defaults):
    given = {"resource_group": "rg-failback", "subnet": "failback", "admin_username": "psadmin", "admin_password": PASSWORD, **defaults}
    return {"subscription_id": SUB, "process_servers": list(servers), "process_server_defaults": given}


def server(name="ps-app-01", network="vnet-app", address="10.0.1.10", **more):
    return {"name": name, "virtual_network": network_id(network), "private_ip_address": address, **more}


def test_entries_are_complete():
    (complete,), checks = listing.read(params(server()))
    assert checks == []
    assert (complete["method"], complete["winrm_port"], complete["subnet"], complete["location"]) == ("unified_setup", 5986, "failback", None)


@pytest.mark.parametrize(
    "option, value",
    [
        ("name", "ps-application-01"),
        ("name", "ps_01"),
        ("admin_username", "root"),
        ("admin_password", "weak"),
        ("private_ip_address", "10.0.1"),
        ("private_ip_address", "10.0.1.300"),
    ],
)
def test_what_has_a_check_of_its_own_comes_through_as_it_was_given(option, value):
    (complete,), checks = listing.read(params({**server(), option: value}))
    assert checks == [] and complete[option] == value
    assert complete["size"] and complete["image"]["sku"]


def test_a_flawed_default_comes_through_as_well():
    (one, other), checks = listing.read(params(server(), server("ps-db-01", "vnet-db", "10.0.2.10", admin_password=PASSWORD), admin_password="weak"))
    assert checks == []
    assert (one["admin_password"], other["admin_password"]) == ("weak", PASSWORD)


def test_twins_come_through():
    found, checks = listing.read(params(server(), server()))
    assert checks == [] and len(found) == 2


@pytest.mark.parametrize(
    "given, name, words",
    [
        (server(subnet="", resource_group=""), None, None),
        ({**server(), "virtual_network": "vnet-app"}, "ps-app-01", "virtual_network_resource_group is missing"),
        ({**server(), "virtual_network": "/subscriptions/x"}, "ps-app-01", "is not the id of a virtual network"),
        ({"name": "ps-app-01", "private_ip_address": "10.0.1.10"}, "ps-app-01", "virtual_network is missing"),
        (server(name=None), "entry 2", "name is missing"),
        (server(winrm_port=0, daily_churn_gb=5000.0), "ps-app-01", "winrm_port 0 is not a port"),
        (server(winrm_port=0, daily_churn_gb=5000.0), "ps-app-01", "2 TB of changes a day"),
        ({**server("ps-application-01"), "virtual_network": "/x"}, "ps-application-01", "is not the id of a virtual network"),
    ],
)
def test_an_entry_without_sense_is_a_failed_check_and_the_others_go_on(given, name, words):
    found, checks = listing.read(params(server("ps-db-01", "vnet-db", "10.0.2.10"), given))
    if name is None:
        assert len(found) == 2 and checks == []
        return
    assert [one["name"] for one in found] == ["ps-db-01"]
    (check,) = checks
    assert (check.check, check.server) == ("options", name)
    assert_check(check, "failed", words)
    assert "entry 1" not in check.evidence and PASSWORD not in repr(check)


def test_an_empty_list_is_refused():
    with pytest.raises(Refusal, match="list is empty"):
        listing.read(params())
