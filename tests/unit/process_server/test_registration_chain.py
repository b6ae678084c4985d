"""The parts of the way to a registered server that need no world: when a port is waited for, and what marks a machine."""

from __future__ import annotations

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError, AsrTimeout
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import registration_chain, served_vault, unfinished
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._progress import Progress

ENTRY = {"name": "ps-1", "subscription_id": "5a1e0000-0000-4000-8000-000000000001", "resource_group": "rg"}
VAULT = "/subscriptions/s/resourceGroups/rg-dr/providers/Microsoft.RecoveryServices/vaults/vault-dr"


class Channel:
    """Answers with these errors, in order, and then as it should; the last one again and again where it ``stays``."""

    def __init__(self, *errors, stays=False):
        self.errors = list(errors)
        self.stays = stays
        self.closed = False

    def run(self, _script, _parameters, timeout):
        if self.errors:
            raise self.errors[0] if self.stays and len(self.errors) == 1 else self.errors.pop(0)
        return {"listeners": []}

    def close(self):
        self.closed = True


def connect(channel, timeout=60):
    registration_chain.until_it_answers(channel, {"timeout": timeout, "interval": 0}, ENTRY, Progress())


def test_a_service_that_does_not_listen_yet_is_waited_for():
    channel = Channel(AsrError("x", code="ConnectionRefused"), AsrTimeout("x", code="ConnectionTimeout"), AsrError("x", code="ConnectionRefused"))
    connect(channel)
    assert not channel.closed and channel.errors == []


@pytest.mark.parametrize("code", ["CredentialsRejected", "CertificateChanged", "TlsFailed", "WSManFault 5"])
def test_what_waiting_does_not_mend_is_told_at_once(code):
    channel = Channel(AsrError("x", code="ConnectionRefused"), AsrError("x", code=code), AsrError("x", code="never asked"))
    with pytest.raises(AsrError) as caught:
        connect(channel)
    assert caught.value.code == code and channel.closed and len(channel.errors) == 1


def test_a_port_that_never_answers_is_told_in_its_own_words():
    channel = Channel(AsrError("x", code="ConnectionRefused", cure="Check that WinRM listens"), stays=True)
    with pytest.raises(AsrError) as caught:
        connect(channel, timeout=0)
    assert (caught.value.code, caught.value.cure) == ("ConnectionRefused", "Check that WinRM listens") and channel.closed


class Tags:
    def __init__(self, monkeypatch, refused=None):
        self.sent = []

        def update_tags(_azure, _subscription, _group, _name, tags):
            if refused:
                raise refused
            self.sent.append(tags)

        monkeypatch.setattr(unfinished.compute, "update_tags", update_tags)


def test_a_mark_is_set_once_and_leaves_other_tags_alone(monkeypatch):
    tags = Tags(monkeypatch)
    mark = unfinished.Mark(None, ENTRY, {"tags": {"department": "dr"}}, VAULT, Progress())
    mark.clear()
    mark.set()
    mark.set()
    mark.clear()
    mark.clear()
    named = {"department": "dr", served_vault.TAG: VAULT}
    assert tags.sent == [{**named, unfinished.TAG: unfinished.UNFINISHED}, named]


def test_a_mark_of_another_run_is_cleared(monkeypatch):
    tags = Tags(monkeypatch)
    mark = unfinished.Mark(None, ENTRY, {"tags": {"Azure_DR_Setup": "unfinished", "Azure_DR_Vault": "/of/old", "department": "dr"}}, VAULT, Progress())
    mark.set()
    mark.clear()
    assert tags.sent == [{"department": "dr", served_vault.TAG: VAULT}]


def test_a_server_that_is_none_any_more_names_no_vault(monkeypatch):
    tags = Tags(monkeypatch)
    mark = unfinished.Mark(None, ENTRY, {"tags": {"azure_dr_vault": VAULT, "department": "dr"}}, VAULT, Progress())
    mark.set()
    mark.clear(serves=False)
    assert tags.sent[-1] == {"department": "dr"}


def test_a_server_that_a_person_set_up_names_its_vault_once(monkeypatch, tmp_path):
    tags = Tags(monkeypatch)
    unfinished.Mark(None, ENTRY, {"tags": {"department": "dr"}}, VAULT, Progress()).name_vault()
    unfinished.Mark(None, ENTRY, {"tags": tags.sent[0]}, VAULT, Progress()).name_vault()
    assert tags.sent == [{"department": "dr", served_vault.TAG: VAULT}]
    Tags(monkeypatch, refused=AsrError("tagging", code="AuthorizationFailed"))
    path = tmp_path / "steps"
    path.touch()
    unfinished.Mark(None, ENTRY, {}, VAULT, Progress(str(path))).name_vault()
    assert "AuthorizationFailed" in path.read_text()


def test_a_mark_that_is_refused_stops_nothing_and_is_told(monkeypatch, tmp_path):
    Tags(monkeypatch, refused=AsrError("tagging", code="AuthorizationFailed"))
    path = tmp_path / "steps"
    path.touch()
    mark = unfinished.Mark(None, ENTRY, {}, VAULT, Progress(str(path)))
    mark.set()
    mark.set()
    mark.clear()
    assert path.read_text().count("AuthorizationFailed") == 1 and "passphrase stays on the server" in path.read_text()


def test_marked_machines_are_found_by_one_list_for_each_subscription(monkeypatch):
    asked = []

    def machines(_azure, subscription):
        asked.append(subscription)
        root = f"/subscriptions/{subscription.upper()}/resourceGroups/RG/providers/Microsoft.Compute/virtualMachines"
        return [
            {"id": f"{root}/PS-1", "tags": {unfinished.TAG: "unfinished"}},
            {"id": f"{root}/ps-2", "tags": {}},
            {"id": f"{root}/other", "tags": {unfinished.TAG: "x"}},
        ]

    monkeypatch.setattr(unfinished.compute, "list_virtual_machines", machines)
    assert unfinished.names(None, [ENTRY, {**ENTRY, "name": "ps-2"}]) == {"ps-1"}
    assert asked == [ENTRY["subscription_id"]]
    assert unfinished.names(None, []) == set() and len(asked) == 1
