# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One named check with its result, what was seen, and what to do. Private to this collection."""

from __future__ import annotations

import dataclasses

OK = "ok"
FAILED = "failed"
WARNING = "warning"
UNKNOWN = "unknown"
NOT_APPLICABLE = "not_applicable"
RESULTS = (FAILED, WARNING, UNKNOWN, OK, NOT_APPLICABLE)


@dataclasses.dataclass(frozen=True)
class Check:
    """``check``: its stable name; ``server``: an entry's name, or empty for what concerns all of them.

    ``result``: one of `RESULTS`; ``evidence``: what was seen, in words, never a secret; ``cure``: what to do, empty
    where nothing is to be done.
    """

    check: str
    server: str
    result: str
    evidence: str
    cure: str = ""

    def as_dict(self):
        return dataclasses.asdict(self)


def ok(check, server, evidence):
    return Check(check, server, OK, evidence)


def failed(check, server, evidence, cure):
    return Check(check, server, FAILED, evidence, cure)


def warning(check, server, evidence, cure):
    return Check(check, server, WARNING, evidence, cure)


def unknown(check, server, why, cure=""):
    """A check that could not be made. It is never ``ok``, however likely that would be."""
    return Check(check, server, UNKNOWN, why, cure)


def not_applicable(check, server, why):
    return Check(check, server, NOT_APPLICABLE, why)
