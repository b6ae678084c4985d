# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a script and its parameters travel to PowerShell, and how its answer is read. Pure; private to this collection.

One short bootstrap goes on the command line. The script and the parameters follow on standard input as one ASCII JSON
document, so that no secret is ever seen by whoever lists processes and no limit of the command line applies. The
answer is one line of ASCII JSON, so that the server's code page does not matter.

Over Azure Run Command there is no standard input: the script's fixed text stands inside the script that Azure runs, and
the parameters are its one argument, as base64 of their JSON.
"""

from __future__ import annotations

import base64
import html
import json
import re

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError

_BEGIN = "$ErrorActionPreference='Stop'; $ProgressPreference='SilentlyContinue'; $r=@{ok=$false}\n"
_END = (
    "catch { $r.error = @{message=$_.Exception.Message; type=$_.Exception.GetType().FullName; id=$_.FullyQualifiedErrorId; at=$_.ScriptStackTrace} }\n"
    "[Regex]::Replace((ConvertTo-Json $r -Depth 8 -Compress), '[^\\x20-\\x7E]', { param($m) '\\u{0:x4}' -f [int][char]$m.Value })\n"
)

# Reads {"script": …, "parameters": …} from standard input, runs it, and answers {"ok": …, "result": …, "error": …}.
BOOTSTRAP = (
    _BEGIN
    + 'try   { $o = ConvertFrom-Json (@($input) -join "`n"); $r.result = & ([ScriptBlock]::Create($o.script)) $o.parameters; $r.ok=$true }\n'
    + _END
)

PROGRAM = "powershell"
OPTIONS = ("-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass", "-EncodedCommand")

RUN_COMMAND_PARAMETER = "parameters64"
# run-command-managed: the instance view keeps "the last 4 KB" of the output.
RUN_COMMAND_OUTPUT_LIMIT = 4096

# Parameters of our scripts whose values are secrets: what a server says back is shown without them.
SECRET_PARAMETERS = frozenset({"password", "passphrase", "text"})
HIDDEN = "********"

UNREADABLE = "UnreadableAnswer"
# How much of an answer that cannot be read is shown.
SHOWN_CHARACTERS = 800


def command_arguments():
    """The arguments of `PROGRAM`: the same for every script."""
    return (*OPTIONS, base64.b64encode(BOOTSTRAP.encode("utf-16-le")).decode("ascii"))


def document(script, parameters):
    """Standard input for the bootstrap: ``script`` is a script's text, ``parameters`` a dict; ASCII only."""
    return json.dumps({"script": script, "parameters": parameters})


def run_command_script(script):
    """What Azure Run Command runs for a script's text: the same bytes whatever the parameters are."""
    return (
        f"param([string]${RUN_COMMAND_PARAMETER})\n"
        + _BEGIN
        + f"try   {{ $o = ConvertFrom-Json ([Text.Encoding]::UTF8.GetString([Convert]::FromBase64String(${RUN_COMMAND_PARAMETER})))\n"
        + f"$r.result = & {{\n{script.rstrip()}\n}} $o; $r.ok=$true }}\n"
        + _END
    )


def run_command_argument(parameters):
    """The value of `RUN_COMMAND_PARAMETER`: base64, since Azure puts it on a command line."""
    return base64.b64encode(json.dumps(parameters).encode("utf-8")).decode("ascii")


def read_answer(name, on, parameters, stdout, stderr="", exit_code=0, output_limit=None):
    """The script's result, a dict.

    Raises `AsrError` where the script failed, and where the last line of ``stdout`` is not the bootstrap's JSON: then
    with what came instead. ``output_limit`` (bytes) is where the way back is known to cut the output.
    No secret among ``parameters`` is in the error.
    """
    lines = [line for line in stdout.splitlines() if line.strip()]
    answer = _json(lines[-1]) if lines else None
    if not isinstance(answer, dict) or not isinstance(answer.get("ok"), bool):
        raise _unreadable(name, on, parameters, stdout, stderr, exit_code, output_limit)
    if answer["ok"]:
        if not isinstance(answer.get("result"), dict):
            raise _unreadable(name, on, parameters, stdout, stderr, exit_code, None)
        return answer["result"]
    error = answer.get("error") if isinstance(answer.get("error"), dict) else {}
    raise AsrError(
        f"running {name}",
        on=on,
        code=str(error.get("id") or error.get("type") or "ScriptFailed"),
        said=hide_secrets(str(error.get("message") or "the script failed without a message"), parameters),
        cure="This is the server's own message: mend the cause there, then run again",
    )


def _unreadable(name, on, parameters, stdout, stderr, exit_code, output_limit):
    if output_limit and len(stdout.encode("utf-8")) >= output_limit - 4:
        return AsrError(
            f"reading the answer of {name}",
            on=on,
            code="OutputTruncated",
            said=f"the answer was cut to its last {output_limit} bytes, as Azure Run Command does with every output",
            cure="Use channel winrm for this server, which has no such limit",
        )
    parts = [f"exit code {exit_code}"]
    for label, text in (("output", stdout), ("error output", decode_clixml(stderr))):
        text = hide_secrets(" ".join(text.split()), parameters)
        if text:
            parts.append(f"{label}: {text[-SHOWN_CHARACTERS:]}")
    return AsrError(
        f"reading the answer of {name}",
        on=on,
        code=UNREADABLE,
        said="; ".join(parts) if len(parts) > 1 else f"exit code {exit_code} and no output at all",
        cure="Something on the server got in the way of PowerShell: a policy, a profile or a security product. Run the same again after mending it",
    )


def _json(text):
    try:
        return json.loads(text)
    except ValueError:
        return None


_CLIXML = re.compile(r"#< CLIXML\s*")
_CLIXML_TEXT = re.compile(r'<S S="(\w+)">(.*?)</S>', re.DOTALL)
_CLIXML_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


def decode_clixml(text):
    """The messages in the XML that PowerShell writes to standard error; text that is none comes back as it is.

    Progress records are left out. Works on XML that was cut short as well, since it is read only for a person.
    """
    if not _CLIXML.search(text):
        return text
    before = text[: _CLIXML.search(text).start()]
    messages = [_CLIXML_ESCAPE.sub(_unescape, html.unescape(match.group(2))) for match in _CLIXML_TEXT.finditer(text)]
    return (before + "".join(messages)).strip()


def _unescape(match):
    return chr(int(match.group(1), 16))


def hide_secrets(text, parameters):
    """``text`` without the values of secret parameters, in any form in which a server may quote them.

    Windows PowerShell's own JSON errors quote the whole document that they could not read.
    """
    for secret in _secrets(parameters):
        raw = secret.encode("utf-8")
        forms = {secret, json.dumps(secret)[1:-1], base64.b64encode(raw).decode(), base64.b64encode(secret.encode("utf-16-le")).decode()}
        for form in sorted(forms, key=len, reverse=True):
            text = text.replace(form, HIDDEN)
    if _secrets(parameters):
        text = text.replace(run_command_argument(parameters), HIDDEN)
    return text


def _secrets(parameters):
    return [value for name, value in parameters.items() if name in SECRET_PARAMETERS and isinstance(value, str) and value]
