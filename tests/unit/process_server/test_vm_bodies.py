"""What is sent to Azure for a machine."""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import vm_bodies as subject
from tests.unit.process_server.vm_samples import GROUP, NETWORK, SUB, entry, interface

VAULT = f"/subscriptions/{SUB}/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv"
CERTIFICATE = "https://kv.vault.azure.net/secrets/winrm/0123456789abcdef"


def body(**changes):
    return subject.virtual_machine(entry(**changes), "westeurope", "run-1")


def test_everything_goes_with_the_machine():
    properties = body()["properties"]
    disks = [properties["storageProfile"]["osDisk"], *properties["storageProfile"]["dataDisks"]]
    assert [(disk["name"], disk["deleteOption"]) for disk in disks] == [("ps-1-os", "Delete"), ("ps-1-cache", "Delete")]
    assert properties["networkProfile"]["networkInterfaces"][0]["properties"] == {
        "primary": True,
        "deleteOption": "Delete",
    }
    public = subject.network_interface(entry(public_ip_address=True), "westeurope", "s", "run-1")["properties"][
        "ipConfigurations"
    ][0]["properties"]["publicIPAddress"]
    assert public == {
        "id": f"{GROUP}/providers/Microsoft.Network/publicIPAddresses/ps-1-ip",
        "properties": {"deleteOption": "Delete"},
    }


def test_owner_and_run_are_in_the_tags_of_everything():
    wanted = {"department": "dr", "azure_dr_owner": "azure_dr.site_recovery", "azure_dr_run": "run-1"}
    one = entry(tags={"department": "dr"}, public_ip_address=True)
    made = (
        subject.virtual_machine(one, "x", "run-1"),
        subject.network_interface(one, "x", "s", "run-1"),
        subject.public_address(one, "x", "run-1"),
    )
    assert all(thing["tags"] == wanted and subject.is_ours(thing) for thing in made)


def test_no_public_address_and_no_group_unless_asked_for():
    properties = subject.network_interface(entry(), "x", "s", "r")["properties"]
    assert (
        "publicIPAddress" not in properties["ipConfigurations"][0]["properties"]
        and "networkSecurityGroup" not in properties
    )


def test_the_private_address_is_static():
    configuration = subject.network_interface(entry(), "x", f"{NETWORK}/subnets/failback", "r")["properties"][
        "ipConfigurations"
    ][0]["properties"]
    assert (
        configuration["privateIPAddress"],
        configuration["privateIPAllocationMethod"],
        configuration["subnet"]["id"],
    ) == ("192.0.2.10", "Static", f"{NETWORK}/subnets/failback")


def test_a_listener_from_a_key_vault_only_where_one_is_given():
    assert "winRM" not in body()["properties"]["osProfile"]["windowsConfiguration"]
    profile = body(key_vault_id=VAULT, winrm_certificate_url=CERTIFICATE)["properties"]["osProfile"]
    assert profile["windowsConfiguration"]["winRM"] == {
        "listeners": [{"protocol": "Https", "certificateUrl": CERTIFICATE}]
    }
    assert profile["secrets"] == [
        {"sourceVault": {"id": VAULT}, "vaultCertificates": [{"certificateUrl": CERTIFICATE, "certificateStore": "My"}]}
    ]


def test_boot_diagnostics_are_azures_own():
    assert body()["properties"]["diagnosticsProfile"] == {"bootDiagnostics": {"enabled": True}}


def test_the_image_follows_the_method():
    assert body()["properties"]["storageProfile"]["imageReference"]["sku"] == "2016-Datacenter"
    assert (
        body(method="configuration_tool")["properties"]["storageProfile"]["imageReference"]["offer"] == "Process-Server"
    )
    assert body(image={"id": "/x/images/y"})["properties"]["storageProfile"]["imageReference"] == {"id": "/x/images/y"}


def test_terms_of_an_image_are_named_where_it_has_some():
    assert "plan" not in body()
    plan = {"name": "n", "product": "p", "publisher": "q", "more": "x"}
    assert subject.virtual_machine(entry(), "x", "r", plan)["plan"] == {"name": "n", "product": "p", "publisher": "q"}


def test_no_data_disk_where_none_is_wanted():
    assert body(data_disk_size_gb=0)["properties"]["storageProfile"]["dataDisks"] == []


def test_an_interface_that_is_there_fits_or_not():
    wanted = subject.network_interface(entry(), "x", f"{NETWORK.upper()}/subnets/FAILBACK", "r")
    assert subject.interface_fits(interface(), wanted)
    assert not subject.interface_fits(interface(address="192.0.2.11"), wanted)
    broken = interface()
    broken["properties"]["provisioningState"] = "Failed"
    assert not subject.interface_fits(broken, wanted)


def test_the_owner_tag_is_read_without_regard_to_the_case_of_its_name():
    assert subject.is_ours({"tags": {"Azure_DR_Owner": "azure_dr.site_recovery"}})
    assert (
        not subject.is_ours({"tags": {"azure_dr_owner": "somebody"}})
        and not subject.is_ours({"tags": None})
        and not subject.is_ours(None)
    )
