"""What the configuration server's tool is answered, and what it is not."""

from __future__ import annotations

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError, Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import unregistration_tool as subject
from tests.azure_simulator.windows.unregister_tool import Wording

ENTRY = {"name": "ps-app-01", "private_ip_address": "192.0.2.10"}
PROMPT = "\r\nPlease choose one of the above servers to un-register : "
HEAD = "S.No\tIP\tName\tHeartbeat\r\n"
ROW = "1\t192.0.2.10\tPS-APP-01\t2026-01-01 09:00:00\r\n"


def asked(text, exit_code=None, errors="", answered=False):
    return {"output": text, "errors": errors, "exit_code": exit_code, "answered": answered}


@pytest.mark.parametrize(
    "text, number",
    [
        (HEAD + ROW + PROMPT, "1"),
        (HEAD + "2  192.0.2.99  ps-db-01  -\r\n" + ROW + PROMPT, "1"),
        ("| S.No | IP/Name | Heartbeat |\n| 3 | 192.0.2.10/ps-app-01 | 2026-01-01 |\nSelect the serial number: ", "3"),
        ("12) ps-app-01.contoso.example (192.0.2.10), never\nEnter S.No of the server:", "12"),
        ("  7.  ps-app-01   192.0.2.10\n\nSpecify the serial number\nof the server to unregister\n> ", "7"),
        ("Searching for 192.0.2.10 ...\n" + HEAD + ROW + PROMPT, "1"),
    ],
)
def test_the_one_row_of_the_server_is_answered(text, number):
    assert subject.serial_number(ENTRY, asked(text))[0] == number


def test_the_rehearsal_worlds_wording_is_understood():
    words = Wording()
    row = words.row.format(number=4, address="192.0.2.10", name="ps-app-01", heartbeat="2026-01-01T09:00:00")
    assert subject.serial_number(ENTRY, asked(words.heading + row + words.prompt))[0] == "4"
    assert subject.has_unregistered(ENTRY, asked(words.success.format(name="ps-app-01", address="192.0.2.10")))


@pytest.mark.parametrize(
    "text, words",
    [
        (HEAD + ROW + ROW.replace("1\t", "2\t", 1).replace("09:", "10:") + PROMPT, "2 of its rows could be meant: 1 192.0.2.10.*; 2 192.0.2.10"),
        (HEAD + ROW + "2\t192.0.2.99\tps-app-01\t-\r\n" + PROMPT, "2 of its rows could be meant"),
        (HEAD + ROW + "2\t192.0.2.10\tps-old-01\t-\r\n" + PROMPT, "2 of its rows could be meant"),
        (HEAD + ROW.replace("PS-APP-01", "PS-OLD-01") + PROMPT, "another server than ps-app-01 at 192.0.2.10: 1 192.0.2.10 PS-OLD-01"),
        (HEAD + ROW.replace("192.0.2.10", "192.0.2.100") + PROMPT, "another server than ps-app-01"),
        (HEAD + ROW.replace("192.0.2.10", "192.0.2.99") + PROMPT, "another server than ps-app-01"),
        (HEAD + ROW + ROW.replace("192.0.2.10\tPS-APP-01", "192.0.2.99\tps-db-01") + PROMPT, "its serial numbers are not unique"),
    ],
)
def test_a_doubt_about_the_row_is_a_refusal(text, words):
    with pytest.raises(Refusal, match=words) as caught:
        subject.serial_number(ENTRY, asked(text))
    assert "was not answered" in str(caught.value) and "Nothing was unregistered" in str(caught.value)


@pytest.mark.parametrize(
    "said, words",
    [
        (asked(""), "it said nothing"),
        (asked(HEAD + PROMPT), "listed no server ps-app-01 at 192.0.2.10; it said: S.No IP Name Heartbeat / Please choose"),
        (asked(HEAD + ROW), "did not ask for a serial number"),
        (asked(HEAD + ROW + "Do you really want to unregister this server (y/n)? "), "did not ask for a serial number.*Do you really want"),
        (asked(HEAD + ROW + "Press Enter to unregister all of the above"), "did not ask for a serial number"),
        (asked(HEAD + ROW + "Choose the server to unregister. Are you sure?"), "did not ask for a serial number"),
        (asked(HEAD + ROW + "Bitte Nummer waehlen: "), "did not ask for a serial number.*Bitte Nummer"),
        (asked(PROMPT + "\n" + ROW), "did not ask for a serial number"),
        (asked("No process server found.\n", 1), "ended with exit code 1 without asking.*No process server found"),
        (
            asked("", 2, "Can't connect to MySQL\nat line 5"),
            "exit code 2.*it said nothing; on its error output: Can't connect to MySQL / at line 5",
        ),
    ],
)
def test_other_words_are_shown_and_not_answered(said, words):
    with pytest.raises(AsrError, match=words) as caught:
        subject.serial_number(ENTRY, said)
    assert caught.value.code == "ToolNotUnderstood"


@pytest.mark.parametrize(
    "text, done",
    [
        ("Successfully unregistered ps-app-01 (192.0.2.10)\r\n", True),
        ("\nsuccessfully un-registered PS-APP-01> (192.0.2.10).", True),
        ("Successfully unregistered PS-APP-01", True),
        ("Successfully unregistered 192.0.2.10.", True),
        ("Successfully unregistered ps-app-01 (192.0.2.11)", False),
        ("Successfully unregistered ps-db-01", False),
        ("Unregistered", False),
        ("Could not be successfully completed", False),
        ("", False),
    ],
)
def test_only_the_documented_words_about_this_server_count_as_success(text, done):
    assert subject.has_unregistered(ENTRY, asked(text, 0)) is done


@pytest.mark.parametrize(
    "said, kind, words",
    [
        (asked(HEAD + PROMPT), Refusal, "lists something else than a moment ago.*S.No IP"),
        (asked(HEAD + ROW + PROMPT + "Invalid choice", 1, answered=True), AsrError, "does not say that it unregistered.*Invalid choice"),
        (asked(HEAD + ROW + PROMPT + "Really (y/n)?", answered=True), AsrError, "does not say that it unregistered.*Really"),
    ],
)
def test_an_answer_that_came_to_nothing(said, kind, words):
    with pytest.raises(kind, match=words):
        subject.refuse_outcome(ENTRY, said)


def test_a_good_end():
    subject.refuse_outcome(ENTRY, asked("Successfully unregistered ps-app-01 (192.0.2.10)", 0, answered=True))


def test_a_long_text_is_shown_in_part():
    with pytest.raises(AsrError) as caught:
        subject.serial_number(ENTRY, asked("word " * 1000))
    assert len(str(caught.value)) < 2500 and "…" in str(caught.value)
