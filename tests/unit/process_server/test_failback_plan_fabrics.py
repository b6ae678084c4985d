"""What each fabric is, what is retired of it, and which playbook serves it: the truth about each."""

from __future__ import annotations

import pathlib

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.failback_plan import fabrics, items

from tests.unit.process_server.failback_plan_world import NOW, ago, fabric, item

PLAYBOOKS = pathlib.Path(__file__).parents[3] / "playbooks"


@pytest.mark.parametrize(
    "kind, scenario, needed, since",
    [
        ("VMware", "classic", True, "2026-03"),
        ("InMageRcm", "modernized", False, None),
        ("VMwareV2", "modernized", False, None),
        ("VMM", "vmm", False, "2019-11"),
        ("HyperVSite", "hyper_v_site", False, None),
        # Hyper-V sites of older services have no details at all.
        (None, "hyper_v_site", False, None),
        ("Azure", "azure", False, None),
        ("SomethingNew", "unknown", False, None),
    ],
)
def test_kinds(kind, scenario, needed, since):
    one = fabric(kind=kind)
    found = fabrics.describe(one, [], NOW)
    assert (found["scenario"], found["process_server_needed"], found["retired_since"]) == (scenario, needed, since)
    assert found["still_possible"] and bool(found["retired"]) == bool(since)
    assert found["source"] or scenario == "unknown"


def test_machines_are_counted_and_only_a_configuration_server_is_connected_or_not():
    read = [items.read(item("a")), items.read(item("b", activeLocation="Primary")), items.read(item("c", fabric_name="other"))]
    found = fabrics.describe(fabric(), read, NOW)
    assert (found["machines"], found["failed_over"], found["connected"]) == (2, 1, True)
    assert fabrics.describe(fabric(heard=ago(hours=1)), [], NOW)["connected"] is False
    assert fabrics.describe(fabric(kind="VMM"), [], NOW)["connected"] is None


@pytest.mark.parametrize("scenario", [*{id(one): one for one in fabrics.SCENARIOS.values()}.values()], ids=lambda one: one.name)
def test_a_playbook_that_is_named_is_there_or_is_said_not_to_be(scenario):
    if not scenario.playbook:
        return
    exists = (PLAYBOOKS / f"{scenario.playbook}.yml").exists()
    assert ("is not part of this collection yet" in scenario.playbook_note) is not exists
