"""The list of process servers: what is merged, what is filled in, what is refused before anything is asked."""

from __future__ import annotations

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import entries as subject

SUB = "00000000-0000-4000-8000-000000000001"
NETWORK = f"/subscriptions/{SUB}/resourceGroups/rg-net/providers/Microsoft.Network/virtualNetworks/"
GOOD = {
    "name": "ps-1",
    "resource_group": "rg",
    "virtual_network": NETWORK + "one",
    "subnet": "failback",
    "private_ip_address": "192.0.2.10",
}
VAULT = f"/subscriptions/{SUB}/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv"
CERTIFICATE = "https://kv.vault.azure.net/secrets/winrm/0123456789abcdef"


def normalize(*listed, **defaults):
    return subject.normalize(
        {"subscription_id": SUB, "process_servers": list(listed), "process_server_defaults": defaults or None}
    )


def problems(*listed, **defaults):
    with pytest.raises(Refusal) as caught:
        normalize(*listed, **defaults)
    assert "nothing was touched" in caught.value.cure
    return caught.value.said


def test_what_is_left_out_is_filled_in():
    (entry,) = normalize(GOOD)
    assert entry["subscription_id"] == SUB and entry["location"] is None
    assert (entry["method"], entry["channel"], entry["winrm_transport"], entry["winrm_port"]) == (
        "unified_setup",
        "winrm",
        "ntlm",
        5986,
    )
    assert (entry["size"], entry["data_disk_size_gb"], entry["os_disk_type"]) == (
        "Standard_A8_v2",
        600,
        "StandardSSD_LRS",
    )
    assert entry["image"] == {
        "publisher": "MicrosoftWindowsServer",
        "offer": "WindowsServer",
        "sku": "2016-Datacenter",
        "version": "latest",
    }
    assert entry["public_ip_address"] is False and entry["tags"] == {} and entry["install_location"] == "F:\\ASR"
    assert set(subject.OPTIONS) <= set(entry)


def test_given_names_only_what_the_user_gave():
    (entry,) = normalize({**GOOD, "size": None}, os_disk_type="Premium_LRS", winrm_proxy="")
    assert set(entry["given"]) == {*GOOD, "subscription_id", "os_disk_type"}


def test_an_entry_goes_before_the_defaults_and_tags_merge():
    (entry,) = normalize(
        {**GOOD, "size": "Standard_D8s_v3", "tags": {"a": "1", "b": True}},
        size="Standard_D4s_v3",
        tags={"a": "0", "c": 7},
        subnet="other",
        winrm_port=5987,
    )
    assert (entry["size"], entry["subnet"], entry["winrm_port"]) == ("Standard_D8s_v3", "failback", 5987)
    assert entry["tags"] == {"a": "1", "b": "true", "c": "7"}


def test_false_and_zero_of_an_entry_are_given():
    (entry,) = normalize(
        {**GOOD, "public_ip_address": False, "data_disk_size_gb": 0}, public_ip_address=True, data_disk_size_gb=900
    )
    assert entry["public_ip_address"] is False and entry["data_disk_size_gb"] == 0


def test_a_network_may_be_named_or_given_by_id():
    named = {**GOOD, "virtual_network": "one", "virtual_network_resource_group": "rg-net"}
    assert normalize(named)[0]["virtual_network"] == NETWORK + "one"
    odd = {
        **GOOD,
        "virtual_network": (NETWORK + "one/")
        .replace("subscriptions", "Subscriptions")
        .replace("resourceGroups", "resourcegroups"),
    }
    assert normalize(odd)[0]["virtual_network"] == NETWORK + "one"
    # A default for those that are named does not disturb one that is given by its id.
    (entry,) = normalize(GOOD, virtual_network_resource_group="rg-other")
    assert entry["virtual_network"] == NETWORK + "one" and entry["virtual_network_resource_group"] == "rg-net"


def test_the_gallery_image_gets_no_disk_of_ours_unless_one_is_asked_for():
    assert normalize({**GOOD, "method": "configuration_tool"})[0]["data_disk_size_gb"] == 0
    assert normalize({**GOOD, "method": "configuration_tool", "data_disk_size_gb": 300})[0]["data_disk_size_gb"] == 300
    assert normalize({**GOOD, "method": "configuration_tool"})[0]["image"]["publisher"] == "MicrosoftAzureSiteRecovery"


def test_size_and_cache_disk_follow_from_the_load():
    (entry,) = normalize({**GOOD, "daily_churn_gb": 1500.0})
    assert (entry["size"], entry["data_disk_size_gb"]) == ("Standard_D16s_v5", 1024)


def test_values_get_the_form_in_which_they_are_compared():
    (entry,) = normalize(
        {
            **GOOD,
            "location": "West Europe",
            "winrm_certificate_fingerprint": ":".join(["AB"] * 32),
            "image": {"publisher": "p", "offer": "o", "sku": "s", "version": None, "id": None},
        }
    )
    assert entry["location"] == "westeurope" and entry["winrm_certificate_fingerprint"] == "ab" * 32
    assert entry["image"] == {"publisher": "p", "offer": "o", "sku": "s", "version": "latest"}


@pytest.mark.parametrize("listed", [[], None])
def test_an_empty_list(listed):
    with pytest.raises(Refusal, match="the list is empty"):
        subject.normalize({"process_servers": listed, "process_server_defaults": None, "subscription_id": SUB})


@pytest.mark.parametrize("missing", ["name", "resource_group", "virtual_network", "subnet", "private_ip_address"])
def test_what_is_missing(missing):
    assert f"{missing} is missing" in problems({key: value for key, value in GOOD.items() if key != missing})


def test_an_entry_without_a_name_is_told_by_its_place():
    assert problems(GOOD, {**GOOD, "name": ""}).startswith("entry 2: name is missing")


def test_no_subscription():
    with pytest.raises(Refusal, match="subscription_id is missing"):
        subject.normalize({"subscription_id": None, "process_servers": [GOOD], "process_server_defaults": None})


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"name": "ps-a-name-too-long"}, "has 18 characters"),
        ({"name": "ps_01"}, "letters, digits and hyphens"),
        ({"name": "12345"}, "digits only"),
        ({"name": "ps-1-"}, "hyphen"),
        ({"subscription_id": "my subscription"}, "not the id of a subscription"),
        ({"virtual_network": "one"}, "virtual_network_resource_group is missing"),
        ({"virtual_network": "/subscriptions/x/resourceGroups/y"}, "not the id of a virtual network"),
        ({"virtual_network": NETWORK + "one/subnets/two"}, "not the id of a virtual network"),
        ({"virtual_network": NETWORK.replace("0001", "0002") + "one"}, "the server would be in"),
        ({"private_ip_address": "192.0.2.256"}, "not an IPv4 address"),
        ({"private_ip_address": "2001:db8::1"}, "not an IPv4 address"),
        ({"private_ip_address": "192.0.2.0/24"}, "not an IPv4 address"),
        ({"admin_username": "Administrator"}, "Azure refuses the admin_username"),
        ({"admin_username": "a-name-that-is-too-long"}, "20 are allowed"),
        ({"admin_username": "psadmin."}, "full stop"),
        ({"admin_username": "dom\\psadmin"}, "may hold none of"),
        ({"admin_password": "Short-1"}, "has 7 characters"),
        ({"admin_password": "only-lower-case-letters"}, "three of these"),
        ({"image": {"publisher": "p"}}, "no offer and no sku"),
        ({"image": {"id": "/x", "sku": "s"}}, "an id and more"),
        ({"image": {"id": "x"}}, "not the id of an image"),
        ({"daily_churn_gb": 2100.0}, "2 TB of changes a day"),
        ({"machines": 226}, "225 machines at most"),
        ({"machines": -1}, "machines is negative"),
        ({"key_vault_id": VAULT}, "belong together"),
        ({"winrm_certificate_url": CERTIFICATE}, "belong together"),
        ({"key_vault_id": "kv", "winrm_certificate_url": CERTIFICATE}, "not the id of a key vault"),
        (
            {"key_vault_id": VAULT, "winrm_certificate_url": "https://kv.vault.azure.net/secrets/winrm"},
            "not the URL of a secret's version",
        ),
        ({"winrm_port": 0}, "not a port"),
        ({"winrm_certificate_fingerprint": "ab" * 20}, "SHA-1 thumbprint"),
        ({"winrm_certificate_fingerprint": "xyz"}, "not a SHA-256 fingerprint"),
        ({"data_disk_size_gb": 40000}, "not between 0 and 32767"),
        ({"install_location": "F:"}, "not a folder on a drive"),
        ({"install_location": "\\\\server\\share"}, "not a folder on a drive"),
        ({"network_security_group": "nsg"}, "not the id of a network security group"),
        ({"tags": {"azure_dr_OWNER": "me"}}, "this collection's own"),
        ({"tags": {"a/b": "x"}}, "not one Azure takes"),
        ({"tags": {"Azure_DR_Vault": "x"}}, "this collection's own"),
        ({"tags": {str(number): "x" for number in range(47)}}, "47 tags, 46 are allowed"),
        ({"method": "configuration_tool", "channel": "run_command"}, "Windows Server 2012 R2"),
    ],
)
def test_bad_values(changes, words):
    assert words in problems({**GOOD, **changes})


def test_all_problems_are_told_at_once_with_the_names_of_their_servers():
    said = problems(
        {**GOOD, "name": "ps_1", "subnet": ""},
        {**GOOD, "name": "ps-2", "private_ip_address": "x", "virtual_network": NETWORK + "two"},
    )
    assert (
        said.count(";") == 2
        and "ps_1: the name" in said
        and "ps_1: subnet is missing" in said
        and "ps-2: private_ip_address" in said
    )


@pytest.mark.parametrize(
    "second, words",
    [
        (
            {"name": "PS-1", "virtual_network": NETWORK + "two", "private_ip_address": "192.0.2.11"},
            "the name ps-1 is used twice",
        ),
        (
            {"name": "ps-2", "virtual_network": NETWORK + "two"},
            "the address 192.0.2.10 is used twice, by ps-1 and ps-2",
        ),
        (
            {"name": "ps-2", "virtual_network": NETWORK.lower() + "ONE", "private_ip_address": "192.0.2.11"},
            "ps-1 and ps-2 are in one virtual network",
        ),
        (
            {
                "name": "ps-2",
                "virtual_network": "one",
                "virtual_network_resource_group": "RG-NET",
                "private_ip_address": "192.0.2.11",
            },
            "ps-1 and ps-2 are in one virtual network",
        ),
    ],
)
def test_clashes(second, words):
    assert words in problems(GOOD, {**GOOD, **second})


def test_servers_that_say_so_may_share_a_network():
    second = {"name": "ps-2", "private_ip_address": "192.0.2.11"}
    shared = {**GOOD, "share_network": True}
    assert [entry["share_network"] for entry in normalize(shared, {**shared, **second})] == [True, True]
    # One that does not say so is alone in its network, or it is a mistake.
    assert "are in one virtual network" in problems(GOOD, {**shared, **second})


def test_servers_that_only_look_alike_do_not_clash():
    two = {**GOOD, "name": "ps-2", "virtual_network": NETWORK + "two", "private_ip_address": "192.0.2.11"}
    assert [entry["name"] for entry in normalize(GOOD, two)] == ["ps-1", "ps-2"]


def test_no_password_is_ever_quoted():
    secret = "canary"
    said = problems({**GOOD, "admin_password": secret}, {**GOOD, "admin_password": secret * 30, "winrm_port": -1})
    assert secret not in said


def test_removal_needs_little():
    (entry,) = subject.normalize(
        {
            "subscription_id": SUB,
            "process_servers": [{"name": "ps-1", "resource_group": "rg"}],
            "process_server_defaults": None,
        },
        ("name", "subscription_id", "resource_group"),
    )
    assert entry["virtual_network"] is None and entry["private_ip_address"] is None
