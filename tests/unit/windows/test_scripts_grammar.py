"""Every PowerShell text parses, and uses only what Windows PowerShell 4.0 and 5.1 both have."""

from __future__ import annotations

import json
import re

import pytest

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._windows import envelope
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._windows.scripts import ALL
from tests.powershell.real_engine import STAND_INS
from tests.powershell_check import check, grammar
from tests.shared import needed

TEXTS = {
    **ALL,
    "the bootstrap": envelope.BOOTSTRAP,
    **{f"{name} through Run Command": envelope.run_command_script(text) for name, text in ALL.items()},
}
SOUND = "param($p)\n$file = Get-Item -LiteralPath $p.path -ErrorAction Stop\n@{ size = $file.Length }\n"


@pytest.fixture(scope="module")
def tables():
    return json.loads(needed("powershell/commands.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_runs_on_every_windows_powershell_from_4_0(name, tables):
    assert check(TEXTS[name], tables) == []


@pytest.mark.parametrize("name", ALL)
def test_a_script_begins_with_its_parameters_and_is_ascii(name):
    assert ALL[name].startswith("param($p)\n")
    assert ALL[name].isascii()


def test_the_stand_ins_parse():
    text = STAND_INS.read_text(encoding="utf-8")
    # What the grammar of Windows PowerShell does not know of PowerShell 7 is not used in them either.
    assert grammar.problems(grammar.parse(text)) == []


def test_every_command_that_only_windows_has_is_stood_in_for():
    text = STAND_INS.read_text(encoding="utf-8")
    defined = {name.lower() for name in re.findall(r"^function ([\w.-]+)", text, re.MULTILINE)}
    used = {grammar.said(node).lower() for script in ALL.values() for node in grammar.walk(grammar.parse(script)) if node.type == "command_name"}
    assert used - defined == IN_EVERY_POWERSHELL


# Commands of the scripts that PowerShell 7 has on every system, and that run there for real.
IN_EVERY_POWERSHELL = {"get-filehash", "new-object", "remove-item", "select-object", "set-location", "sort-object", "test-path", "where-object"}


def test_a_sound_text_passes(tables):
    assert check(SOUND, tables) == []


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        ("if ($p.x) { $a = 1", "is missing"),
        ("@{ a = }", "does not parse"),
        ('$a = "open', "does not parse"),
        ("$a = $p.x ?? 1", "does not parse"),
        ("$a = $p.x ? 1 : 2", "does not parse"),
        ("$a = Get-Gizmo", "there is no command Get-Gizmo"),
        ("$a = gci", "there is no command gci"),
        ("$a = 1..3 | % { $_ }", "there is no command %"),
        ("$a = @(Get-Item -Path (Get-Gizmo))", "there is no command Get-Gizmo"),
        ('$a = "$(Get-Gizmo)"', "there is no command Get-Gizmo"),
        ("$a = New-SelfSignedCertificate -DnsName x -NotAfter $p.t", "has no parameter -NotAfter in PowerShell 4.0"),
        ("$null = Expand-Archive -Path a -DestinationPath b", "there is no command Expand-Archive in PowerShell 4.0"),
        ("$null = Write-Information -MessageData a", "there is no command Write-Information in PowerShell 4.0"),
        ("$null = Get-Item -Path a -InformationAction Ignore", "has no parameter -InformationAction"),
        ("$null = Get-ChildItem -Path a -Depth 1", "has no parameter -Depth in PowerShell 4.0"),
        ("$null = Get-Item -Pa a", "has no parameter -Pa"),
        ("$null = Get-Item -Path a -EA Stop", "has no parameter -EA"),
        ("$null = Get-Item -Path a -Confirm:$false", "has no parameter -Confirm"),
        ("$null = 1..3 | ForEach-Object -Parallel { $_ }", "has no parameter -Parallel"),
        ("$null = & format.com /q", "there is no command format.com"),
        ("exit 1", "exit ends"),
        ("if ($p.x) { exit }", "exit ends"),
        ("Write-Host 'here'", "writes in front of the answer"),
        ("$out = & icacls.exe $p.x 2>&1", "turns what a program says into an error"),
        ("$a = [Text.StringBuilder]::new()", "::new()"),
        ("$null = Get-Item -Path a && Get-Item -Path b", "&& and ||"),
        ("class X { }", "classes"),
        ("using namespace System", "using"),
        ("& icacls.exe $p.x", "puts a value beside the answer"),
        ("New-Item -Path a", "puts a value beside the answer"),
        ("[IO.Directory]::CreateDirectory('a')", "puts a value beside the answer"),
        ("'stray'", "puts a value beside the answer"),
        ("$p.x", "puts a value beside the answer"),
        ("foreach ($x in $p.x) { $x }", "puts a value beside the answer"),
        ("if ($p.x) { 'stray' }", "puts a value beside the answer"),
        ("@{ a = 1 }", "puts a value beside the answer"),
    ],
)
def test_what_would_fail_on_a_server_is_found(broken, expected, tables):
    text = SOUND.replace("param($p)\n", f"param($p)\n{broken}\n")
    assert any(expected in problem for problem in check(text, tables)), check(text, tables)
