"""The product's own scripts, run in a real PowerShell on the shared cases, do what the simulated servers do.

Skips where there is no ``pwsh``. Further cases: a directory of the same form in the environment variable
WINDOWS_SCRIPT_FIXTURES.
"""

from __future__ import annotations

import os
import shutil

import pytest

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._windows.scripts import ALL
from tests.powershell.cases import Case, find
from tests.powershell.real_engine import Outcome, Stage

PWSH = shutil.which("pwsh")
CASES = find()
# Each script once as Azure Run Command runs it: what differs there is the way in, not the script.
ONE_OF_EACH = [next(case for case in CASES if case.script == name and case.error is None) for name in ALL]

pytestmark = [
    pytest.mark.skipif(PWSH is None, reason="no pwsh (PowerShell 7) on the PATH"),
    pytest.mark.skipif(os.name != "posix", reason="the programs of the cases are shell scripts, and the stand-ins would hide Windows' own commands"),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_script_answers_and_changes_as_the_case_says(case: Case, tmp_path):
    check(case, Stage(case, tmp_path).run(PWSH))


@pytest.mark.parametrize("case", ONE_OF_EACH, ids=lambda case: case.name)
def test_a_script_does_the_same_through_run_command(case: Case, tmp_path):
    check(case, Stage(case, tmp_path).run(PWSH, through_run_command=True))


def check(case: Case, outcome: Outcome) -> None:
    """The answer or the failure, and the state, are the stated ones."""
    shown = f"{outcome.stdout}\n{outcome.stderr}"
    if case.error is None:
        assert outcome.envelope["ok"] is True, shown
        assert outcome.envelope["result"] == case.answer, shown
    else:
        assert outcome.envelope["ok"] is False, shown
        compare_errors(case.error, outcome.envelope["error"])
    assert outcome.state == case.after(), shown


def compare_errors(stated: dict, found: dict) -> None:
    """As far as two editions of PowerShell agree.

    Texts are the systems' own. What follows the comma of an id is the command's class, for which a stand-in has only its
    name. Types of Microsoft's Windows modules exist there alone.
    """
    if "id" in stated:
        assert found["id"].split(",")[0] == stated["id"].split(",")[0], found
    if not stated.get("type", "Microsoft.").startswith("Microsoft."):
        assert found["type"] == stated["type"], found
