from __future__ import annotations

import base64
import json

import pytest

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._windows import envelope

SECRET = 'pässw"örd\\1'


def answer(**fields):
    return json.dumps(fields)


def failure(call):
    with pytest.raises(AsrError) as raised:
        call()
    return raised.value


def test_the_command_line_is_the_same_for_every_script_and_short():
    arguments = envelope.command_arguments()
    assert arguments[:-1] == ("-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass", "-EncodedCommand")
    assert base64.b64decode(arguments[-1]).decode("utf-16-le") == envelope.BOOTSTRAP
    # cmd takes 8,191 characters.
    assert len(" ".join((envelope.PROGRAM, *arguments))) < 4000


def test_the_document_is_ascii_and_comes_back_unchanged():
    parameters = {"text": SECRET + "\r\n☃😀`$x'", "paths": ["C:\\a b"]}
    document = envelope.document('param($p)\n"é"', parameters)
    assert document.isascii() and "\n" not in document
    assert json.loads(document) == {"script": 'param($p)\n"é"', "parameters": parameters}


def test_run_command_sends_a_fixed_text_and_one_argument_without_special_characters():
    text = envelope.run_command_script("param($p)\n@{a = 1}\n")
    assert text.startswith("param([string]$parameters64)\n")
    assert "& {\nparam($p)\n@{a = 1}\n} $o" in text
    value = envelope.run_command_argument({"text": SECRET})
    assert value.isascii() and not set(value) & set(" \"'&|<>%^")
    assert json.loads(base64.b64decode(value)) == {"text": SECRET}


@pytest.mark.parametrize("stdout", ['{"ok":true,"result":{"a":[1]}}', 'WARNING: something\r\n\r\n{"ok":true,"result":{"a":[1]}}\r\n\r\n'])
def test_the_last_line_is_the_answer(stdout):
    assert envelope.read_answer("probe", "host", {}, stdout) == {"a": [1]}


def test_a_failed_script_is_told_in_the_servers_words():
    stdout = answer(ok=False, error={"message": "no such disk", "type": "System.Exception", "id": "NoDisk,Get-Disk", "at": "line 3"})
    error = failure(lambda: envelope.read_answer("initialize_data_disk", "ps1", {}, stdout))
    assert error.code == "NoDisk,Get-Disk"
    assert "initialize_data_disk on ps1" in str(error) and "no such disk" in str(error)


@pytest.mark.parametrize(
    "stdout",
    ["", "\r\n", "Access is denied.", '{"ok":true', '["stray",{"ok":true}]', '{"ok":"yes","result":{}}', '{"ok":true,"result":["stray",{}]}'],
)
def test_anything_else_is_shown_with_exit_code_and_both_outputs(stdout):
    stderr = '#< CLIXML\r\n<Objs Version="1.1.0.1"><S S="Error">The term &apos;x&apos;_x000D__x000A_</S></Objs>'
    error = failure(lambda: envelope.read_answer("probe", "ps1", {}, stdout, stderr, 4))
    assert error.code == "UnreadableAnswer"
    assert "exit code 4" in str(error) and "The term 'x'" in str(error)
    assert stdout.strip() in str(error)


def test_an_answer_cut_by_azure_is_told_as_that():
    cut = ('{"ok":true,"result":{"a":"' + "x" * 5000 + '"}}')[-4096:]
    error = failure(lambda: envelope.read_answer("probe", "ps1", {}, cut, output_limit=envelope.RUN_COMMAND_OUTPUT_LIMIT))
    assert error.code == "OutputTruncated" and "winrm" in error.cure
    assert failure(lambda: envelope.read_answer("probe", "ps1", {}, cut)).code == "UnreadableAnswer"


@pytest.mark.parametrize("name", sorted(envelope.SECRET_PARAMETERS))
def test_secrets_that_a_server_quotes_are_hidden(name):
    parameters = {name: SECRET, "user": "psadmin"}
    quoted = [
        SECRET,
        envelope.document("param($p)", parameters),
        base64.b64encode(SECRET.encode()).decode(),
        base64.b64encode(SECRET.encode("utf-16-le")).decode(),
        envelope.run_command_argument(parameters),
    ]
    for text in quoted:
        for stdout in (text, answer(ok=False, error={"message": f"Invalid JSON primitive: {text}"})):
            told = str(failure(lambda: envelope.read_answer("probe", "ps1", parameters, stdout, text)))
            assert text not in told and SECRET not in told and json.dumps(SECRET)[1:-1] not in told
            assert envelope.HIDDEN in told


def test_clixml_is_decoded_even_when_cut_short_and_progress_is_left_out():
    text = (
        'before\r\n#< CLIXML\r\n<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04"><Obj S="progress" RefId="0"><TN/></Obj>'
        '<S S="Error">a &lt;b&gt; _x2603__x000A_</S><S S="Error">c</S><S S="Err'
    )
    assert envelope.decode_clixml(text) == "before\r\na <b> ☃\nc"
    assert envelope.decode_clixml("plain") == "plain"
