"""Which process servers and machines a switch means, and what in it cannot be meant."""

from __future__ import annotations

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import switch_parties as subject
from tests.unit.process_server.switch_samples import NEW, OLD, THIRD, fabric, item, server

FABRIC = fabric(OLD, NEW, THIRD)
OTHER = fabric(server("ps-other", "192.0.2.99"), name="f2", friendly="CS-2")
APPLIANCE = fabric(server("ps-modern", "192.0.2.98"), name="f3", friendly="APPLIANCE", kind="InMageRcm")
OTHER_TWIN = {**item("twin", OLD), "name": "guid-twin-2", "id": item("twin-2", OLD)["id"]}
ITEMS = [item("app", OLD), item("web", OLD), item("db", NEW), item("twin", OLD), OTHER_TWIN]


def entry(source="ps-old", target="ps-new", machines=None):
    return {"from": source, "to": target, "machines": machines}


def resolve(*entries, found=FABRIC):
    return subject.resolve(subject.normalize(list(entries)), found, [found, OTHER, APPLIANCE], ITEMS)


@pytest.mark.parametrize("wanted", ["ps-old", "PS-OLD", "192.0.2.10", "ID-PS-OLD", "id-ps-old", " ps-old "])
def test_a_server_by_its_name_its_address_or_its_id(wanted):
    (switch,) = resolve(entry(wanted))
    assert (switch.source["id"], switch.target["id"], switch.machines, switch.is_whole) == ("ID-PS-OLD", "ID-PS-NEW", None, True)


@pytest.mark.parametrize("wanted", ["app", "APP", "guid-app-f1", item("app", OLD)["id"].upper()])
def test_a_machine_by_its_name_or_an_id(wanted):
    (switch,) = resolve(entry(machines=[wanted, "db"]))
    assert [one["properties"]["friendlyName"] for one in switch.machines] == ["app", "db"] and not switch.is_whole


def test_a_server_called_like_the_id_of_another():
    odd = server("ID-PS-OLD", "192.0.2.40")
    (switch,) = resolve(entry("ID-PS-OLD"), found=fabric(OLD, NEW, odd))
    assert switch.source["friendlyName"] == "ps-old"


def test_switches_that_share_servers_but_no_machine():
    first, second = resolve(entry(machines=["app"]), entry("ps-new", "ps-old", ["db"]))
    assert first.source["id"] == second.target["id"]


@pytest.mark.parametrize(
    "entries, words",
    [
        ([], ["empty", "at least one"]),
        ([entry(" ")], ["switch 1", "from is empty"]),
        ([entry("ps-old", "PS-OLD")], ["from and to are the same"]),
        ([entry(machines=[])], ["machines is an empty list", "leave it out"]),
        ([entry(machines=[" "])], ["machines is an empty list"]),
        ([entry(machines=["app", ""])], ["empty name"]),
        ([entry(machines=["app"]), entry(machines=["web"])], ["is there twice"]),
        ([entry("ps-old", "192.0.2.10")], ["from and to are the same process server", "ps-old (192.0.2.10)"]),
        ([entry("nowhere")], ["has no process server nowhere", "ps-old (192.0.2.10)", "ps-third (192.0.2.30)"]),
        ([entry("ps-old", "ps-other")], ["ps-other belongs to configuration server CS-2", "within configuration server CS-1"]),
        ([entry("ps-old", "ps-modern")], ["has no process server ps-modern"]),
        ([entry(machines=["nobody"])], ["protects no machine nobody", "CS-1"]),
        ([entry(machines=["twin"])], ["2 machines are called twin", "guid-twin-f1, guid-twin-2"]),
        ([entry(machines=["app", "guid-app-f1"])], ["app is also named in ps-old to ps-new"]),
        ([entry(machines=["app"]), entry("192.0.2.10", "ps-third", ["app"])], ["app is also named in ps-old to ps-new"]),
        ([entry(), entry("ps-old", "ps-third", ["app"])], ["moves everything from ps-old", "ps-old to ps-third needs"]),
        ([entry(), entry("ps-third", "ps-old", ["app"])], ["moves everything from ps-old", "ps-third to ps-old needs", "one after the other"]),
        ([entry("nowhere"), entry(machines=["nobody"])], ["nowhere", "nobody"]),
    ],
)
def test_what_cannot_be_meant(entries, words):
    with pytest.raises(Refusal) as caught:
        resolve(*entries)
    assert all(word in str(caught.value) for word in (*words, "nothing was touched")), str(caught.value)


def test_a_server_that_many_switches_name_wrongly_is_told_once():
    with pytest.raises(Refusal) as caught:
        resolve(entry("ps-old", "Typo"), entry("ps-third", "Typo"))
    assert str(caught.value).count("has no process server Typo") == 1


@pytest.mark.parametrize("twin", [server("ps-old", "192.0.2.11", id="ID-TWIN"), server("other", "192.0.2.10", id="ID-TWIN")])
def test_a_server_that_is_registered_twice_needs_its_id(twin):
    wanted = "ps-old" if twin["friendlyName"] == "ps-old" else "192.0.2.10"
    found = fabric(OLD, NEW, twin)
    with pytest.raises(Refusal) as caught:
        resolve(entry(wanted), found=found)
    for words in ("2 process servers", "ID-PS-OLD", "ID-TWIN", "give the id", "last heartbeat"):
        assert words in str(caught.value)
    (switch,) = resolve(entry("id-twin"), found=found)
    assert switch.source is twin
