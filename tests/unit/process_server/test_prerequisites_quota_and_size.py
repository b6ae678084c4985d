"""Quota for the sum of the servers, sizes and images."""

from __future__ import annotations

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites import images, quota, sizes
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.prerequisites.facts import Fact

from tests.unit.process_server.prerequisites_world import FORBIDDEN, GALLERY_IMAGE, IMAGE, REGION, SUB, assert_check, only, size, spoiled, usage

APP, DB = "ps-app-01", "ps-db-01"


def usages(*listed):
    return lambda world: world.facts.usages.update({(SUB, REGION): Fact(list(listed))})


def offered(*listed):
    return lambda world: world.facts.sizes.update({(SUB, REGION): Fact(list(listed))})


def both(*changes):
    return lambda world: [change(world) for change in changes] and None


def counters(change):
    world = spoiled(change)
    return {
        one.evidence.split(",")[1].split(":")[0].strip(): one
        for one in quota.checks(world.facts, world.places)
        if not one.server and "needed for all" in one.evidence
    }


@pytest.mark.parametrize(
    "change, counter, result, words",
    [
        (None, "Total cores", "ok", "16 needed for all servers, 90 free (10 of 100 in use)"),
        (None, "Total standardAv2Family", "ok", "16 needed for all servers, 40 free"),
        (None, "Total virtualMachines", "ok", "2 needed"),
        (usages(usage("cores", 26, 10), usage("standardAv2Family", 26, 10)), "Total cores", "ok", "16 free"),
        (usages(usage("cores", 25, 10), usage("standardAv2Family", 50, 10)), "Total cores", "failed", "16 needed for all servers, 15 free"),
        # One server alone would fit: the sum is what counts.
        (
            usages(usage("cores", 100, 10), usage("standardAv2Family", 20, 10)),
            "Total standardAv2Family",
            "failed",
            "16 needed for all servers, 10 free",
        ),
        (usages(usage("cores", 100, 10), usage("STANDARDAV2FAMILY", 20, 0)), "Total STANDARDAV2FAMILY", "ok", "16 needed"),
        (lambda world: world.deploy(APP) and None, "Total cores", "ok", "8 needed"),
        (lambda world: world.deploy(APP, ours=False) and None, "Total cores", "ok", "16 needed"),
        (
            usages(usage("cores", 100, 10), usage("standardAv2Family", 50, 10), usage("virtualMachines", 4, 3)),
            "Total virtualMachines",
            "failed",
            "2 needed for all servers, 1 free",
        ),
    ],
)
def test_quota(change, counter, result, words):
    assert_check(counters(change)[counter], result, words)


def test_machines_are_not_counted_where_the_service_does_not():
    world = spoiled(usages(usage("cores", 100, 10), usage("standardAv2Family", 50, 10)))
    assert [one.result for one in quota.checks(world.facts, world.places)] == ["ok", "ok"]


def test_each_family_has_its_own_sum():
    def change(world):
        world.entries[1]["size"] = "Standard_D8s_v5"
        offered(size(), size("Standard_D8s_v5", "standardDSv5Family"))(world)
        usages(usage("cores", 100, 0), usage("standardAv2Family", 8, 0), usage("standardDSv5Family", 7, 0))(world)

    found = counters(change)
    assert_check(found["Total cores"], "ok", "16 needed")
    assert_check(found["Total standardAv2Family"], "ok", "8 needed")
    assert_check(found["Total standardDSv5Family"], "failed", "8 needed for all servers, 7 free")


def test_regions_are_counted_apart():
    def change(world):
        world.entries[1]["location"] = "northeurope"
        world.facts.usages[(SUB, "northeurope")] = Fact([usage("cores", 7, 0), usage("standardAv2Family", 8, 0)])
        world.facts.sizes[(SUB, "northeurope")] = Fact([size()])

    world = spoiled(change)
    found = [one for one in quota.checks(world.facts, world.places) if "Total cores" in one.evidence]
    assert [(one.result, one.evidence.split(",")[0]) for one in found] == [("ok", "westeurope"), ("failed", "northeurope")]


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda world: world.facts.usages.update({(SUB, REGION): FORBIDDEN}), "AuthorizationFailed"),
        (lambda world: world.facts.sizes.update({(SUB, REGION): FORBIDDEN}), f"how many cores {APP}, {DB} take is not known"),
        (usages(usage("cores", 100, 10)), "no quota named standardav2family, 16 needed"),
        (lambda world: world.facts.machines.update({SUB: FORBIDDEN}), "whether its machine is there already is not known"),
        (
            both(usages(usage("cores", 15, 0)), lambda world: world.facts.machines.update({SUB: FORBIDDEN})),
            f"16 needed for all servers, 15 free (0 of 15 in use), if {APP}, {DB} are not there yet",
        ),
        # Half of the sum is no sum.
        (lambda world: world.entries[1].update(size="Standard_New"), f"8 needed for all servers, 90 free (10 of 100 in use), not counting {DB}"),
        (lambda world: world.facts.networks.update({SUB: FORBIDDEN}), f"the region of {APP}, {DB} is not known"),
    ],
)
def test_quota_that_is_not_known(change, words):
    world = spoiled(change)
    found = [one for one in quota.checks(world.facts, world.places) if one.result == "unknown"]
    assert any(words in one.evidence for one in found), found


def restriction(kind="Location", **info):
    return {"type": kind, "reasonCode": "NotAvailableForSubscription", "values": [REGION], **info}


@pytest.mark.parametrize(
    "change, result, words",
    [
        (None, "ok", "Standard_A8_v2 is offered in westeurope: 8 cores"),
        (lambda world: world.entries[0].update(size="standard_a8_V2"), "ok", "is offered"),
        (
            offered(size("Standard_D16s_v5", vcpus=16), size("Standard_D8s_v5"), size("Standard_B1s", vcpus=1)),
            "failed",
            "for instance Standard_D8s_v5, Standard_D16s_v5",
        ),
        (offered(size(restrictions=[restriction()])), "failed", "NotAvailableForSubscription"),
        (offered(size(restrictions=[restriction("Zone")])), "ok", "is offered"),
        (offered(size(restrictions=[restriction(values=["northeurope"])])), "ok", "is offered"),
        (lambda world: world.entries[0].update(data_disk_type="Premium_LRS"), "failed", "takes no premium disks"),
        (both(offered(size(premium="True")), lambda world: world.entries[0].update(data_disk_type="Premium_LRS")), "ok", "is offered"),
        (both(offered(), lambda world: world.deploy(APP)), "ok", "there already"),
        (lambda world: world.facts.sizes.update({(SUB, REGION): FORBIDDEN}), "unknown", "AuthorizationFailed"),
        (lambda world: world.facts.networks.update({SUB: FORBIDDEN}), "unknown", "region is not known"),
    ],
)
def test_size(change, result, words):
    world = spoiled(change)
    assert_check(only(sizes.checks(world.facts, world.places), "size", APP), result, words)


PLAN = {"name": "plan", "publisher": "MicrosoftAzureSiteRecovery", "product": "process-server"}
AGREEMENT = (SUB, "microsoftazuresiterecovery", "process-server", "plan")


def image(fact):
    return lambda world: world.facts.images.update({key: fact for key in world.facts.images})


def with_plan(agreement=None):
    def change(world):
        image(Fact({"name": "1.0", "properties": {"plan": dict(PLAN)}}))(world)
        if agreement is not None:
            world.facts.agreements[AGREEMENT] = agreement

    return change


@pytest.mark.parametrize(
    "change, result, words",
    [
        (None, "ok", "MicrosoftWindowsServer:WindowsServer:2016-Datacenter:latest is offered in westeurope, version 14393.1"),
        (image(Fact(None)), "failed", "is not offered in westeurope"),
        (both(image(Fact(None)), lambda world: world.deploy(APP)), "ok", "there already"),
        (image(FORBIDDEN), "unknown", "AuthorizationFailed"),
        (lambda world: world.facts.networks.update({SUB: FORBIDDEN}), "unknown", "region is not known"),
    ],
)
def test_image(change, result, words):
    world = spoiled(change)
    assert_check(only(images.checks(world.facts, world.places), "image", APP), result, words)


@pytest.mark.parametrize(
    "there, result, words", [(REGION, "ok", "is offered"), ("West Europe", "ok", "is offered"), ("northeurope", "failed", "lies in northeurope")]
)
def test_an_image_of_ones_own_stands_in_the_region(there, result, words):
    own = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/images/mine"

    def change(world):
        world.entries[0]["image"] = {"id": own}
        world.facts.images[own.lower()] = Fact({"name": "mine", "location": there, "properties": {}})

    world = spoiled(change)
    assert_check(only(images.checks(world.facts, world.places), "image", APP), result, words)


@pytest.mark.parametrize(
    "change, result, words",
    [
        (None, "not_applicable", "no terms"),
        (with_plan(Fact({"properties": {"accepted": True}})), "ok", "are accepted"),
        (
            with_plan(Fact({"properties": {"accepted": False}})),
            "failed",
            "az vm image terms accept --publisher MicrosoftAzureSiteRecovery --offer process-server --plan plan",
        ),
        (with_plan(Fact(None)), "failed", "not accepted"),
        (with_plan(FORBIDDEN), "unknown", "AuthorizationFailed"),
        (with_plan(), "unknown", "not asked"),
        (image(FORBIDDEN), "unknown", "image could not be read"),
        (image(Fact(None)), "unknown", "image could not be read"),
    ],
)
def test_terms(change, result, words):
    world = spoiled(change)
    assert_check(only(images.checks(world.facts, world.places), "image_terms", APP), result, words)


@pytest.mark.parametrize(
    "given, year",
    [
        (IMAGE, 2016),
        (GALLERY_IMAGE, 2012),
        ({**IMAGE, "sku": "2022-datacenter-azure-edition"}, 2022),
        ({**IMAGE, "sku": "datacenter"}, None),
        ({"id": "/subscriptions/2012/images/a"}, None),
    ],
)
def test_release(given, year):
    assert images.release(given) == year
