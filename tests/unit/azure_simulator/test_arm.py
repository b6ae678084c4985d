"""Routes, actions, scopes and pages."""

from __future__ import annotations

import pytest
from multidict import CIMultiDict
from tests.azure_simulator.arm import ArmError, ArmRequest, Router, action_of, page, scope_of
from urllib.parse import parse_qsl, urlsplit

SUB = "/subscriptions/{sub}"
GROUP = SUB + "/resourceGroups/{group}"
VM = GROUP + "/providers/Microsoft.Compute/virtualMachines/{vm}"
VAULT = GROUP + "/providers/Microsoft.RecoveryServices/vaults/{vault}"


@pytest.fixture
def router():
    router = Router()
    for method, template in (("GET", VM), ("PUT", VM), ("POST", VM + "/start"), ("GET", VM + "/{child}"),
                             ("GET", GROUP), ("GET", "/a/{rest*}")):
        router.add(method, template, lambda request: None)
    return router


@pytest.mark.parametrize("method, path, template, params", [
    ("GET", "/SUBSCRIPTIONS/s/resourcegroups/G/Providers/microsoft.compute/VirtualMachines/Vm1", VM,
     {"sub": "s", "group": "G", "vm": "Vm1"}),
    ("get", "/subscriptions/s/resourceGroups/g/", GROUP, {"sub": "s", "group": "g"}),
    ("GET", "/subscriptions/s/resourceGroups/with%20blank%2Fslash", GROUP, {"sub": "s", "group": "with blank/slash"}),
    ("POST", "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/v/start", VM + "/start",
     {"sub": "s", "group": "g", "vm": "v"}),
    # A literal goes before a placeholder, but gives way where it does not know the method.
    ("GET", "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/v/start", VM + "/{child}",
     {"sub": "s", "group": "g", "vm": "v", "child": "start"}),
    ("GET", "/a/b/c/d", "/a/{rest*}", {"rest": "b/c/d"}),
])
def test_paths_are_found_without_case_and_values_keep_theirs(router, method, path, template, params):
    match = router.match(method, "Management.Azure.com", path)
    assert match.route.template == template and match.params == params


@pytest.mark.parametrize("method, host, path, methods", [
    ("DELETE", "management.azure.com",
     "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/v", ("GET", "PUT")),
    ("GET", "management.azure.com", "/subscriptions/s/elsewhere", ()),
    ("GET", "login.microsoftonline.com", "/subscriptions/s/resourceGroups/g", ()),
])
def test_what_is_not_there(router, method, host, path, methods):
    match = router.match(method, host, path)
    assert match.route is None and match.methods == methods


def test_a_wildcard_host(router):
    router.add("GET", "/secrets/{name}", lambda request: None, host="*.vault.azure.net")
    assert router.match("GET", "kv1.vault.azure.net", "/secrets/x").params == {"name": "x"}
    assert router.match("GET", "vault.azure.net.evil.example", "/secrets/x").route is None


@pytest.mark.parametrize("method, template, action", [
    ("PUT", VM, "Microsoft.Compute/virtualMachines/write"),
    ("PATCH", VM, "Microsoft.Compute/virtualMachines/write"),
    ("DELETE", VM, "Microsoft.Compute/virtualMachines/delete"),
    ("POST", VM + "/runCommand", "Microsoft.Compute/virtualMachines/runCommand/action"),
    ("PUT", VM + "/runCommands/{name}", "Microsoft.Compute/virtualMachines/runCommands/write"),
    ("GET", SUB + "/providers/Microsoft.Compute/virtualMachines", "Microsoft.Compute/virtualMachines/read"),
    ("GET", SUB + "/providers/Microsoft.Compute/locations/{l}/usages", "Microsoft.Compute/locations/usages/read"),
    ("GET", SUB + "/providers/Microsoft.Compute/locations/{l}/publishers/{p}/artifacttypes/vmimage/offers/{o}",
     "Microsoft.Compute/locations/publishers/artifacttypes/offers/read"),
    ("GET", GROUP, "Microsoft.Resources/subscriptions/resourceGroups/read"),
    ("GET", SUB, "Microsoft.Resources/subscriptions/read"),
    ("POST", VAULT + "/replicationFabrics/{f}/replicationRecoveryServicesProviders/{p}/refreshProvider",
     "Microsoft.RecoveryServices/vaults/replicationFabrics/replicationRecoveryServicesProviders/refreshProvider/"
     "action"),
    ("GET", GROUP + "/providers/Microsoft.Authorization/permissions", "Microsoft.Authorization/permissions/read"),
])
def test_the_action_behind_a_request(method, template, action):
    assert action_of(method, template) == action


@pytest.mark.parametrize("method, path, scope", [
    ("PUT", "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/v",
     "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/v"),
    ("GET", "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines",
     "/subscriptions/s/resourceGroups/g"),
    ("POST", "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/v/runCommand",
     "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/v"),
    ("GET", "/subscriptions/s/resourceGroups/g/", "/subscriptions/s/resourceGroups/g"),
])
def test_the_scope_of_a_permission(method, path, scope):
    assert scope_of(method, path) == scope


def ask(url):
    parts = urlsplit(url)
    return ArmRequest("GET", parts.path, query=CIMultiDict(parse_qsl(parts.query)), raw_query=parts.query)


def test_pages_follow_each_other_and_keep_the_query():
    items = list(range(7))
    seen, url = [], "https://management.azure.com/subscriptions/s/things?api-version=1&$filter=a%20b"
    links = 0
    while url:
        answer = page(items, ask(url), 3)
        seen += answer["value"]
        url = answer.get("nextLink")
        if url:
            links += 1
            query = dict(parse_qsl(urlsplit(url).query))
            assert query["api-version"] == "1" and query["$filter"] == "a b"
    assert seen == items and links == 2


def test_a_list_that_fits_has_no_link_and_a_made_up_token_is_refused():
    assert page([1, 2], ask("https://management.azure.com/x?api-version=1"), 2) == {"value": [1, 2]}
    with pytest.raises(ArmError, match="InvalidSkipToken"):
        page([1, 2], ask("https://management.azure.com/x?$skiptoken=abc"), 2)


def test_error_bodies():
    assert ArmError(409, "C", "m").response().body == {"error": {"code": "C", "message": "m"}}
    assert ArmError(409, "C", "m", bare=True).response().body == {"code": "C", "message": "m"}
    assert ArmError(409, "C", "m", [{"code": "D"}], target="t").response().body["error"] == {
        "code": "C", "message": "m", "target": "t", "details": [{"code": "D"}]}
