"""Groups, permissions and accepted terms, as any client meets them."""

from __future__ import annotations

import pytest
import requests

from .services import GALLERY, GROUP, NETWORKS, ROOT, SUBSCRIPTION, services

AGREEMENT = (
    f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.MarketplaceOrdering/offerTypes/virtualmachine/publishers/{{publisher}}/offers/"
    f"{{offer}}/plans/{{sku}}/agreements/current"
)


@pytest.fixture(scope="module")
def get():
    with services() as (world, _compute, _network):
        given = world.environment()
        token = requests.post(
            f"https://login.microsoftonline.com/{given['AZURE_TENANT']}/oauth2/v2.0/token",
            data={
                "grant_type": "client_credentials",
                "client_id": given["AZURE_CLIENT_ID"],
                "client_secret": given["AZURE_SECRET"],
                "scope": "https://management.azure.com/.default",
            },
        ).json()["access_token"]

        def ask(path, version):
            return requests.get(
                f"https://management.azure.com{path}", params={"api-version": version}, headers={"Authorization": f"Bearer {token}"}
            )

        yield ask


@pytest.mark.parametrize(
    "below, roles",
    [
        (f"/{GROUP}", ["*/read", "*"]),
        (f"/{NETWORKS}/providers/Microsoft.Network/virtualNetworks/vnet-app", ["*/read", "Microsoft.Network/*"]),
        (f"/{NETWORKS}/providers/Microsoft.Network/virtualNetworks/vnet-app/subnets/failback", ["*/read", "Microsoft.Network/*"]),
        ("/rg-dr", ["*/read"]),
    ],
)
def test_permissions_are_told_for_groups_resources_and_their_parts(get, below, roles):
    answer = get(f"{ROOT}{below}/providers/Microsoft.Authorization/permissions", "2022-04-01")
    assert answer.status_code == 200
    found = [action for entry in answer.json()["value"] for action in entry["actions"]]
    assert all(role in found for role in roles) and ("*" in found) == ("*" in roles)
    assert all(set(entry) == {"actions", "notActions", "dataActions", "notDataActions"} for entry in answer.json()["value"])


def test_a_group_that_is_not_there(get):
    for path, version in (("/rg-none", "2021-04-01"), ("/rg-none/providers/Microsoft.Authorization/permissions", "2022-04-01")):
        answer = get(f"{ROOT}{path}", version)
        assert answer.status_code == 404 and answer.json()["error"]["code"] == "ResourceGroupNotFound"


def test_groups_and_the_subscription(get):
    groups = get(f"/subscriptions/{SUBSCRIPTION}/resourceGroups", "2021-04-01").json()["value"]
    assert [group["name"] for group in groups] == [GROUP, NETWORKS, "rg-dr"]
    assert get(f"/subscriptions/{SUBSCRIPTION}", "2022-12-01").json()["subscriptionId"] == SUBSCRIPTION


@pytest.mark.parametrize("changes, accepted", [({}, True), ({"sku": "another-plan"}, False)])
def test_terms_are_accepted_or_not(get, changes, accepted):
    answer = get(AGREEMENT.format(**{**GALLERY, **changes}), "2021-01-01")
    assert answer.status_code == 200 and answer.json()["properties"]["accepted"] is accepted
