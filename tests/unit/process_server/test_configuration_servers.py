"""Which configuration server is meant, and how old its news is."""

from __future__ import annotations

import datetime

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import configuration_servers as subject

NOW = datetime.datetime(2026, 1, 1, 12, 0, tzinfo=datetime.timezone.utc)


def fabric(name, friendly_name, kind="VMware", **details):
    custom = {"instanceType": kind, **details} if kind else None
    properties = {"friendlyName": friendly_name, "internalIdentifier": f"guid-{name}", "customDetails": custom}
    return {"id": f"/Subscriptions/s/vaults/v/replicationFabrics/{name}", "name": name, "properties": properties}


ONE = fabric("aaa", "CS-1", ipAddress="192.0.2.1")
TWIN = fabric("bbb", "cs-1", ipAddress="192.0.2.2")
OTHER = fabric("ccc", "CS-2")
MODERN = fabric("ddd", "APPLIANCE", "InMageRcm")
VMM = fabric("eee", "VMM-1", "VMM")
SITE = fabric("fff", "SITE-1", None)


@pytest.mark.parametrize(
    "fabrics, wanted, name",
    [
        ([ONE, OTHER], "CS-1", "aaa"),
        ([ONE, OTHER], "cs-2", "ccc"),
        ([ONE, TWIN], "BBB", "bbb"),
        ([ONE, TWIN], TWIN["id"].lower(), "bbb"),
        ([ONE, TWIN], "guid-aaa", "aaa"),
        ([ONE, MODERN, VMM], None, "aaa"),
        ([ONE, fabric("ggg", "CS-1", "VMM")], "CS-1", "aaa"),
    ],
)
def test_found(fabrics, wanted, name):
    assert subject.find(fabrics, wanted, "v")["name"] == name


@pytest.mark.parametrize(
    "fabrics, wanted, words",
    [
        (
            [ONE, TWIN],
            "CS-1",
            "2 configuration servers could be meant.*192.0.2.1.*replicationFabrics/aaa.*192.0.2.2.*replicationFabrics/bbb.*fabric id",
        ),
        ([ONE, OTHER], None, "2 configuration servers"),
        ([], None, "the vault holds nothing"),
        ([OTHER], "CS-9", "holds CS-2 .classic configuration server"),
        ([MODERN], None, "modernized architecture needs no process server"),
        ([MODERN], "APPLIANCE", "modernized architecture needs no process server"),
        ([VMM], "VMM-1", "VMM server, which takes no failback process server"),
        ([SITE], "SITE-1", "Hyper-V site"),
    ],
)
def test_refused(fabrics, wanted, words):
    with pytest.raises(Refusal, match=words):
        subject.find(fabrics, wanted, "v")


@pytest.mark.parametrize(
    "text, expected",
    [
        ("2026-01-01T11:59:00Z", 60),
        ("2026-01-01T11:59:00.1234567Z", 60),
        ("2026-01-01T11:59:00", 60),
        ("2026-01-01T12:59:00+01:00", 60),
        ("2026-01-01T12:00:30Z", 0),
        ("0001-01-01T00:00:00", None),
        ("1753-01-01T01:01:01Z", None),
        ("9999-12-31T23:59:59.9999999", None),
        (None, None),
        ("yesterday", None),
    ],
)
def test_heartbeat_age(text, expected):
    assert subject.heartbeat_age({"lastHeartbeat": text}, NOW) == expected


@pytest.mark.parametrize("seconds, fresh", [(0, True), (899, True), (900, False), (86400, False)])
def test_fresh_is_younger_than_fifteen_minutes(seconds, fresh):
    heartbeat = (NOW - datetime.timedelta(seconds=seconds)).isoformat()
    assert subject.is_fresh({"lastHeartbeat": heartbeat}, NOW) == fresh


def test_servers_are_found_by_address_and_by_name():
    servers = [
        {"friendlyName": "PS-1", "ipAddress": "10.0.0.4"},
        {"friendlyName": "ps-1", "ipAddress": "10.0.0.9"},
        {"friendlyName": "ps-2", "ipAddress": "10.0.0.4"},
    ]
    one = fabric("aaa", "CS-1", processServers=servers)
    assert subject.at_address(one, "10.0.0.4") == [servers[0], servers[2]]
    assert subject.under_other_address(one, "PS-1", "10.0.0.4") == [servers[1]]


def ago(seconds):
    return (NOW - datetime.timedelta(seconds=seconds)).isoformat()


@pytest.mark.parametrize(
    "report, server, alive",
    [
        (10, 20, True),
        (890, 1000, True),  # an old report of a server that was well
        (890, 1780, True),
        (890, 1790, False),  # already silent when the report was made
        (10, 900, True),
        (10, 911, False),
        (1799, 1800, True),
        (1800, 1801, False),  # the report itself is overdue
        (1800, 100, True),
    ],
)
def test_the_age_of_a_report_alone_makes_no_server_dead(report, server, alive):
    one = fabric("aaa", "CS-1", lastHeartbeat=ago(report))
    assert subject.is_alive(one, {"lastHeartbeat": ago(server)}, NOW) == alive


def test_a_server_that_never_gave_a_heartbeat_is_not_alive():
    assert not subject.is_alive(fabric("aaa", "CS-1", lastHeartbeat=ago(1)), {"lastHeartbeat": "0001-01-01T00:00:00"}, NOW)
    assert not subject.reports(fabric("aaa", "CS-1"), NOW)
