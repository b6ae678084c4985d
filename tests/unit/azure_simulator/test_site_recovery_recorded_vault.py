"""The recorded vault: 25 real fabrics, word for word, moved in time."""

from __future__ import annotations

import datetime
import json
import re
import time

import pytest
import requests

from tests import shared
from tests.azure_simulator.running import running
from tests.azure_simulator.site_recovery import recording, times

SCENARIO = "recorded_vault"
NAME = "azure-powershell@2018-06-12/RecoveryServices.SiteRecovery.Test.AsrV2ATests/V2AFabricTests.json"
ROOT = "/subscriptions/7c943c1b-5122-4097-90c8-861411bdd574/resourceGroups/canaryexproute/providers/Microsoft.RecoveryServices/vaults"
VAULT = f"{ROOT}/IbizaV2ATest"
ALIVE = "ed8a3ab891c07617692d42795cc5042a71dbd734ff280e509cecd5a23b161a38"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")


@pytest.fixture(scope="module")
def recorded():
    """The recorded answers; where the recordings are not beside the checkout, there is nothing to compare with."""
    shared.needed(f"recordings/{NAME}")
    return recording.answers(NAME)


@pytest.fixture
def world(recorded):
    with running(SCENARIO, subsystems=("entra", "site_recovery")) as world:
        yield world


@pytest.fixture
def get(world):
    """Fetch a path, as anyone may who has the credentials."""
    variables = world.environment()
    with requests.Session() as http:
        http.trust_env = False
        http.proxies = {"https": variables["HTTPS_PROXY"]}
        http.verify = variables["REQUESTS_CA_BUNDLE"]
        token = http.post(
            ("https://login.microsoftonline.com/" f"{variables['AZURE_TENANT']}/oauth2/v2.0/token"),
            data={
                "grant_type": "client_credentials",
                "client_id": variables["AZURE_CLIENT_ID"],
                "client_secret": variables["AZURE_SECRET"],
                "scope": "https://management.azure.com/.default",
            },
        )
        http.headers["Authorization"] = f"Bearer {token.json()['access_token']}"

        def fetch(path, method="GET", version="2025-08-01"):
            answer = http.request(method, f"https://management.azure.com{path}?api-version={version}")
            assert answer.status_code < 300, answer.text
            return answer

        yield fetch


@pytest.fixture
def fabrics(get):
    return get(f"{VAULT}/replicationFabrics").json()["value"]


@pytest.fixture(scope="module")
def originals(recorded):
    return recorded[f"{VAULT}/replicationFabrics".lower()]["value"]


def without_times(value):
    """The text of an answer, each time in it replaced by its notation (decimals and zone)."""
    return TIME.sub(lambda found: "<time>" + (found.group(1) and "." or "") + (found.group(2) or ""), json.dumps(value))


def moments(value):
    return [(found.group(), times.parse(found.group())) for found in TIME.finditer(json.dumps(value))]


def test_every_fabric_is_served_as_recorded_but_for_times(fabrics, originals):
    assert len(fabrics) == len(originals) == 25
    for served, original in zip(fabrics, originals, strict=True):
        assert without_times(served) == without_times(original)
        # The order of the keys too.
        assert list(served["properties"]) == list(original["properties"])


def test_all_times_moved_by_one_offset_and_the_newest_is_now(fabrics, originals):
    offsets = set()
    for served, original in zip(moments(fabrics), moments(originals), strict=True):
        if original[1] is None:
            assert served[0] == original[0]
        else:
            offsets.add(served[1] - original[1])
    assert len(offsets) == 1
    observed = [moment for fabric in fabrics for error in fabric["properties"]["healthErrorDetails"] if (moment := times.parse(error["creationTimeUtc"]))]
    observed += [
        times.parse(fabric["properties"]["customDetails"].get("lastHeartbeat"))
        for fabric in fabrics
        if fabric["properties"]["customDetails"]["instanceType"] == "VMware"
    ]
    age = datetime.datetime.now(datetime.timezone.utc) - max(observed)
    assert datetime.timedelta() <= age < datetime.timedelta(minutes=2)


def test_what_each_fabric_alone_shows_is_what_the_list_shows(get, fabrics):
    for fabric in fabrics[:6]:
        assert get(f"{VAULT}/replicationFabrics/{fabric['name']}").json() == fabric


def test_the_kinds_and_the_twins_are_there(fabrics):
    kinds = [fabric["properties"]["customDetails"]["instanceType"] for fabric in fabrics]
    assert {kind: kinds.count(kind) for kind in kinds} == {"VMware": 18, "HyperVSite": 3, "VMM": 2, "Azure": 2}
    assert [fabric["properties"]["friendlyName"] for fabric in fabrics].count("srpatnan-0420-1") == 2


def test_a_fabric_that_was_silent_then_is_silent_now(fabrics):
    now = datetime.datetime.now(datetime.timezone.utc)
    ages = {
        fabric["properties"]["friendlyName"]: now - times.parse(fabric["properties"]["customDetails"]["lastHeartbeat"])
        for fabric in fabrics
        if "lastHeartbeat" in fabric["properties"]["customDetails"]
    }
    assert ages["Madhavi-Cs-Roll"] > datetime.timedelta(days=200)
    assert ages["ScaleWinSrc03"] < datetime.timedelta(minutes=5)


def test_the_vaults_are_the_recorded_ones(get, recorded):
    listed = {vault["name"]: vault for vault in recorded[ROOT.lower()]["value"]}
    assert get(VAULT, version="2026-11-01").json() == listed["IbizaV2ATest"]


def test_the_overlay_adds_machines_providers_and_an_address(get, world, fabrics):
    items = get(f"{VAULT}/replicationProtectedItems").json()["value"]
    alive = next(fabric for fabric in fabrics if fabric["name"] == ALIVE)
    details = alive["properties"]["customDetails"]
    assert str(len(items)) == details["protectedServers"]
    disks = sum(len(item["properties"]["providerSpecificDetails"]["protectedDisks"]) for item in items)
    assert str(disks) == details["replicationPairCount"]
    assert {item["properties"]["providerSpecificDetails"]["processServerId"] for item in items} == {details["processServers"][0]["id"]}
    networks = {item["properties"]["providerSpecificDetails"]["selectedRecoveryAzureNetworkId"] for item in items}
    assert len(networks) == 3
    providers = get(f"{VAULT}/replicationRecoveryServicesProviders").json()["value"]
    states = {provider["properties"]["friendlyName"]: provider["properties"]["connectionStatus"] for provider in providers}
    assert (states["ScaleWinSrc03"], states["Madhavi-Cs-Roll"], len(providers)) == ("Connected", "NotConnected", 18)
    assert world.site_recovery.configuration_server(f"127.{world.octet}.250.10").name == ALIVE


def test_a_living_recorded_server_takes_a_new_process_server(get, world, fabrics):
    class Windows:
        def process_server_alive(self, address):
            return True

    world.windows = Windows()
    world.call(
        lambda: world.site_recovery.process_server_registered(
            f"127.{world.octet}.250.10", {"name": "ps-app-01", "address": f"127.{world.octet}.1.10", "version": "9.12.4000.1"}
        )
    )
    provider = next(iter(get(f"{VAULT}/replicationFabrics/{ALIVE}/replicationRecoveryServicesProviders").json()["value"]))
    accepted = get(f"{VAULT}/replicationFabrics/{ALIVE}/replicationRecoveryServicesProviders/{provider['name']}/refreshProvider", method="POST")
    assert accepted.status_code == 202
    job = re.search(r"replicationOperationStatus/([^?]+)", accepted.headers["Azure-AsyncOperation"]).group(1)
    while (state := get(f"{VAULT}/replicationJobs/{job}").json()["properties"]["state"]) == "InProgress":
        time.sleep(0.05)
    assert state == "Succeeded"
    after = get(f"{VAULT}/replicationFabrics/{ALIVE}").json()["properties"]["customDetails"]
    before = next(fabric for fabric in fabrics if fabric["name"] == ALIVE)["properties"]["customDetails"]
    assert [server["friendlyName"] for server in after["processServers"]] == ["ScaleWinSrc03", "ps-app-01"]
    assert [server["agentVersion"] for server in after["processServers"]] == ["9.12.0.0", "9.12.0.0"]
    assert without_times(after["processServers"][0]) == without_times(before["processServers"][0])
    others = [fabric for fabric in get(f"{VAULT}/replicationFabrics").json()["value"] if fabric["name"] != ALIVE]
    assert others == [fabric for fabric in fabrics if fabric["name"] != ALIVE]


def test_without_the_recordings_the_scenario_says_what_is_missing(monkeypatch, tmp_path):
    monkeypatch.setenv("AZURE_DR_SHARED", str(tmp_path))
    with pytest.raises(recording.RecordingMissing, match="AZURE_DR_SHARED"), running(SCENARIO, subsystems=("entra", "site_recovery")):
        pass


@pytest.mark.parametrize("word", ["0001-01-01T00:00:00", "1753-01-01T01:01:01Z", "9999-12-31T23:59:59.9999999", "9.12.0.0", "10", ""])
def test_words_for_never_and_other_texts_do_not_move(word):
    assert times.moved(word, 86400) == word


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("2017-09-19T05:23:17Z", "2017-09-20T05:23:18Z"),
        ("2017-09-19T11:10:06.1888871+05:30", "2017-09-20T11:10:07.1888871+05:30"),
        ("2017-12-31T23:59:59.6670006Z", "2018-01-02T00:00:00.6670006Z"),
    ],
)
def test_a_moved_time_keeps_its_notation(before, after):
    assert times.moved(before, 86401) == after
