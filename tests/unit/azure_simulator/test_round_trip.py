"""Microsoft's own client libraries in the world, with nothing but a proxy and a certificate authority set."""

from __future__ import annotations

import concurrent.futures
import hashlib
import json

import certifi
import pytest
import requests
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.identity import ClientSecretCredential
from azure.mgmt.compute import ComputeManagementClient
from azure.mgmt.network import NetworkManagementClient
from tests.azure_simulator.arm import ArmResponse, page, resource_not_found

from .support import CLIENT, ROOT, SECRET, SUBSCRIPTION, TENANT, VERSION, environment, session, small_world

MACHINES = "/subscriptions/{sub}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines"


def machines(world):
    """A little of Compute: machines that take a moment to come and to go."""
    state = {}

    def put(request):
        name = request.params["vm"]
        state[name] = {"id": request.path, "name": name, "location": "westeurope",
                       "properties": {"provisioningState": "Creating"}}

        def finish():
            state[name]["properties"]["provisioningState"] = "Succeeded"

        headers = world.operations.begin("compute", 0.2, finish, request=request, location="westeurope")
        return ArmResponse(201, json.loads(json.dumps(state[name])), headers)

    def get(request):
        if request.params["vm"] not in state:
            raise resource_not_found("Microsoft.Compute/virtualMachines", request.params["vm"], request.params["group"])
        return state[request.params["vm"]]

    def delete(request):
        headers = world.operations.begin("compute", 0.2, lambda: state.pop(request.params["vm"], None) and None,
                                         request=request, location="westeurope", monitor=True)
        return ArmResponse(202, None, headers)

    world.router.add("PUT", MACHINES + "/{vm}", put)
    world.router.add("GET", MACHINES + "/{vm}", get)
    world.router.add("DELETE", MACHINES + "/{vm}", delete)
    world.router.add("GET", MACHINES, lambda request: page([state[name] for name in sorted(state)], request, 1))


def credential(**changes):
    return ClientSecretCredential(**{"tenant_id": TENANT, "client_id": CLIENT, "client_secret": SECRET, **changes})


def test_the_compute_library_creates_lists_and_deletes():
    with small_world(routes=machines) as world, environment(world):
        with ComputeManagementClient(credential(), SUBSCRIPTION) as compute:
            for name in ("a", "b"):
                made = compute.virtual_machines.begin_create_or_update("rg", name, {"location": "westeurope"}).result()
                assert made.as_dict()["properties"]["provisioningState"] == "Succeeded"
            assert [vm.name for vm in compute.virtual_machines.list("rg")] == ["a", "b"]
            compute.virtual_machines.begin_delete("rg", "b").result()
            with pytest.raises(HttpResponseError, match="ResourceNotFound"):
                compute.virtual_machines.get("rg", "b")
            assert [vm.name for vm in compute.virtual_machines.list("rg")] == ["a"]
        assert world.log.count("PUT") == 2
        # Two pages for two machines, then one for one.
        lists = world.log.select("GET", "/virtualMachines$")
        assert len(lists) == 3 and len([entry for entry in world.log.without_pages() if entry in lists]) == 2
        assert world.log.unknown == [] and world.log.refused_hosts == []
        # The library asks where to get a token, and then for one; both are in the log, the secret is not.
        assert world.log.count("POST", "/oauth2/v2.0/token$", host="login.microsoftonline.com") == 1
        assert SECRET not in json.dumps(world.log.requests)
        assert {entry["caller"] for entry in world.log.select()} == {CLIENT}


def test_network_operations_end_for_the_network_library():
    template = "/subscriptions/{sub}/resourceGroups/{group}/providers/Microsoft.Network/networkInterfaces/{nic}"

    def routes(world):
        def put(request):
            return ArmResponse(201, {"id": request.path, "name": request.params["nic"], "location": "westeurope",
                                     "properties": {"provisioningState": "Succeeded"}},
                               world.operations.begin("network", 0, None, request=request, location="westeurope"))

        def delete(request):
            return ArmResponse(202, None, world.operations.begin("network", 0.2, None, request=request,
                                                                 location="westeurope", monitor=True))

        world.router.add("PUT", template, put)
        world.router.add("GET", template, lambda request: {"id": request.path, "name": request.params["nic"]})
        world.router.add("DELETE", template, delete)

    changes = {"world": {"retry_after": {"network": 1}}}
    with small_world(changes, routes) as world, environment(world):
        with NetworkManagementClient(credential(), SUBSCRIPTION) as network:
            assert network.network_interfaces.begin_create_or_update("rg", "n", {}).result().name == "n"
            assert network.network_interfaces.begin_delete("rg", "n").result() is None
        assert world.log.unknown == []


@pytest.mark.parametrize("changes, code", [
    ({"client_secret": "not-the-secret"}, "AADSTS7000215"),
    ({"client_id": "00000000-0000-0000-0000-00000000dead"}, "AADSTS700016"),
    ({"tenant_id": "00000000-0000-0000-0000-00000000beef"}, "AADSTS90002"),
])
def test_what_the_identity_library_says_about_wrong_credentials(changes, code):
    with small_world() as world, environment(world):
        with pytest.raises((ClientAuthenticationError, ValueError)) as caught:
            credential(**changes).get_token("https://management.azure.com/.default")
        # For an unknown tenant the library quotes our answer in an error of its own.
        assert code in str(caught.value) or (code == "AADSTS90002" and "tenant" in str(caught.value).lower())
        if code == "AADSTS90002":
            answer = requests.get("https://login.microsoftonline.com/nowhere.example/v2.0/.well-known/"
                                  "openid-configuration")
            assert answer.status_code == 400 and answer.json()["error_codes"] == [90002]


def test_every_host_but_azures_is_refused():
    with small_world() as world, session(world, token=False) as http:
        with pytest.raises(requests.exceptions.ProxyError, match="403"):
            http.get("https://pypi.org/simple/")
        plain = requests.get("http://management.azure.com/", proxies={"http": world.environment()["HTTPS_PROXY"]})
        assert plain.status_code == 403
        with pytest.raises(requests.exceptions.ProxyError, match="403"):
            http.get("https://management.azure.com:8443/")
        assert world.log.refused_hosts == ["pypi.org:443", "management.azure.com:8443"]
        assert world.log.requests == []


def test_a_client_that_does_not_know_the_authority_refuses_the_world():
    with small_world() as world, environment(world):
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(f"{ROOT}/resourceGroups", params=VERSION, verify=certifi.where())
        # The world goes on after a broken handshake.
        with session(world) as http:
            assert http.get(f"{ROOT}/nothing/here", params=VERSION).status_code == 404


def test_many_connections_at_once_and_one_kept_alive():
    def routes(world):
        world.router.add("GET", MACHINES, lambda request: {"value": []})

    with small_world(routes=routes) as world, session(world) as http:
        token = http.headers["Authorization"]
        url = f"{ROOT}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines"

        def one(unused):
            with requests.Session() as own:
                return [own.get(url, params=VERSION, headers={"Authorization": token}).status_code for unused in range(3)]

        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            answers = [status for statuses in pool.map(one, range(20)) for status in statuses]
        assert answers == [200] * 60


def test_the_installer_host_streams_the_bytes_whose_hash_is_known():
    with small_world() as world, session(world, token=False) as http:
        (url, entry), = world.installer_host.files.items()
        head = http.head(url)
        assert head.status_code == 200 and head.headers["Content-Length"] == "200000" and head.content == b""
        got = http.get(url)
        assert len(got.content) == 200_000 and hashlib.sha256(got.content).hexdigest() == entry["sha256"]
        assert world.installer_host.read(url) == got.content
        assert http.get("https://download.unit.example/other.exe").status_code == 404
