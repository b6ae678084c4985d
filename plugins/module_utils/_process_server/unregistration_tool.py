# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads what the configuration server's tool Unregister-ASRComponent.pl says, and decides what it is answered. Pure; private to this collection.

Documented (site-recovery-vmware-unregister-process-server) is that it lists S.No, IP, name and last heartbeat, that duplicates are possible, that it
asks for the serial number, and that it then says "Successfully unregistered", name and address; the picture on that page is described with the words
"Please choose one of the above servers to un-register". How the columns are set out is not documented. So a row is any line that begins with a
number and has an address in it (our inference), and everything that is not understood without a doubt is left unanswered and shown.
"""

from __future__ import annotations

import re

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError, Refusal

SHOWN_CHARACTERS = 1500

_ROW = re.compile(r"[\s|]*(\d{1,4})(?=[\s|.):])[\s|.):]*(.*)")
_ADDRESS = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")
_WORDS = re.compile(r"[^\s|/\\,;:()\[\]]+")
_ASKS = re.compile(r"\b(?:choose|select|enter|specify|give|type)\b", re.IGNORECASE)
_ABOUT = re.compile(r"\bun-?register|\bserial\b|\bs\.?\s?no\b", re.IGNORECASE)
# A question of another kind, to which a number could mean anything.
_ASKS_SOMETHING_ELSE = re.compile(r"\by(?:es)?\s*/\s*n|\bpress\b|\bconfirm|\bsure\b|\bpassword\b", re.IGNORECASE)
_SUCCESS = re.compile(r"\bsuccessfully\s+un-?registered\b(.*)", re.IGNORECASE)


def rows(text):
    """``(serial number, words, line)`` of each line that lists a server; words in lower case."""
    found = []
    for line in text.splitlines():
        row = _ROW.fullmatch(line)
        if row and _ADDRESS.search(row[2]):
            found.append((row[1], _words(row[2]), " ".join(line.split())))
    return found


def _words(text):
    """The words of a text in lower case; of a full host name also its first part."""
    words = {word.lower() for word in _WORDS.findall(text)}
    return words | {word.partition(".")[0] for word in words if not _ADDRESS.fullmatch(word)}


def _asks_for_a_row(text):
    """Whether what stands below the rows asks for one of them."""
    below = []
    for line in text.splitlines():
        below = [] if rows(line) else [*below, line]
    question = " ".join(below)
    return bool(_ASKS.search(question) and _ABOUT.search(question)) and not _ASKS_SOMETHING_ELSE.search(question)


def serial_number(entry, asked):
    """The answer that means the entry's server, and the row it was read from; ``asked`` is what the tool said before it waited.

    Raises where the tool does not wait for a serial number as documented, and where it lists no row or several that could be meant.
    """
    text = asked["output"]
    if asked["exit_code"] is not None:
        raise _not_understood(entry, f"ended with exit code {asked['exit_code']} without asking for a serial number", asked)
    if not _asks_for_a_row(text):
        raise _not_understood(entry, "did not ask for a serial number in words that are known", asked)
    listed = rows(text)
    meant = [row for row in listed if row[1] & {entry["private_ip_address"], entry["name"].lower()}]
    if len(meant) > 1:
        raise _refusal(entry, f"{len(meant)} of its rows could be meant: " + "; ".join(row[2] for row in meant))
    if not meant:
        raise _not_understood(entry, f"listed no server {entry['name']} at {entry['private_ip_address']}", asked)
    number, words, line = meant[0]
    if not {entry["private_ip_address"], entry["name"].lower()} <= words:
        raise _refusal(entry, f"it lists another server than {entry['name']} at {entry['private_ip_address']}: {line}")
    if [row[0] for row in listed].count(number) != 1:
        raise _refusal(entry, f"its serial numbers are not unique: {_shown(text)}")
    return number, line


def has_unregistered(entry, said):
    """Whether the tool says that it unregistered this very server; it names it by its name or its address, or both."""
    for rest in _SUCCESS.findall(said["output"]):
        words = _words(rest.replace(">", " "))
        named = {word.rstrip(".") for word in words if _ADDRESS.fullmatch(word.rstrip("."))}
        return entry["private_ip_address"] in named if named else entry["name"].lower() in words
    return False


def refuse_outcome(entry, said):
    """Raise unless the tool took the answer and says that the server is unregistered."""
    if not said["answered"]:
        raise _refusal(entry, f"it lists something else than a moment ago, so it was not answered: {_shown(said['output'])}")
    if not has_unregistered(entry, said):
        raise _not_understood(entry, "was given the serial number and does not say that it unregistered the server", said)


def _refusal(entry, said):
    return Refusal(
        "unregistering on the configuration server",
        on=entry["name"],
        said=f"the tool was not answered, since {said}",
        cure="Nothing was unregistered. Decide by the last heartbeats which row is meant, and run the tool by hand",
    )


def _not_understood(entry, what, said):
    parts = [f"it said: {_shown(said['output'])}" if said["output"].strip() else "it said nothing"]
    if (said.get("errors") or "").strip():
        parts.append(f"on its error output: {_shown(said['errors'])}")
    return AsrError(
        "unregistering on the configuration server",
        on=entry["name"],
        code="ToolNotUnderstood",
        said=f"Unregister-ASRComponent.pl {what}; {'; '.join(parts)}",
        cure="Look at the vault whether the server is still listed (process_server_info); if it is, run the tool by hand",
    )


def _shown(text):
    text = " / ".join(" ".join(line.split()) for line in text.splitlines() if line.strip())
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"
