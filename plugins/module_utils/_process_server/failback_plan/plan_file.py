# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a file may be written over: it must be a plan of ours that nobody changed. Pure but for the reading; private to this collection."""

from __future__ import annotations

import hashlib
import re

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.failback_plan.basis import FORMAT

MARK = f"# Failback plan, format {FORMAT}, made by azure_dr.site_recovery.plan_failback."
FINGERPRINT = "# Fingerprint of all other lines: "

ABSENT, OURS, EDITED, FOREIGN = "absent", "ours", "edited", "foreign"


def sealed(lines):
    """The text of a plan file: its lines, with the mark and the fingerprint of all of it put before them."""
    body = ["---", MARK, *lines]
    return "\n".join([*body[:2], FINGERPRINT + _fingerprint(body), *body[2:]]) + "\n"


def judge(text):
    """``absent`` for `None`; ``ours``: as we wrote it; ``edited``: a plan of ours that somebody changed; ``foreign``: anything else."""
    if text is None:
        return ABSENT
    if not re.search(r"^# Failback plan, format \d+, made by azure_dr\.site_recovery\.plan_failback\.\r?$", text, re.MULTILINE):
        return FOREIGN
    lines = text.split("\n")
    written = next((line.removeprefix(FINGERPRINT) for line in lines if line.startswith(FINGERPRINT)), "")
    body = [line for line in lines if not line.startswith(FINGERPRINT)]
    whole = body[-1:] == [""] and written == _fingerprint(body[:-1])
    return OURS if whole else EDITED


def read(path):
    """The file's text, or `None` where there is none."""
    try:
        with open(path, encoding="utf-8", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as exc:
        if isinstance(exc, UnicodeDecodeError):
            return ""
        raise AsrError("reading the plan file", on=path, code=type(exc).__name__, said=exc.strerror or "", cure="Give another plan_file") from exc


def _fingerprint(lines):
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
