# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is to be done about one thing: decided from what is wanted and what is there. Private to this collection."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Plan:
    """``action``: ``none`` or the name of an act; ``before`` and ``after``: what a person reads in the diff (no secrets).

    ``known``: what else the result tells of the thing, beyond what the diff compares. ``reasons``: why, one text each.
    ``refusal``: an error that keeps this one thing from being acted on, while others go on. ``foretold``: the plan that takes
    a refusal's place in check mode, where an earlier task of the play that would have removed its cause did nothing either.
    """

    action: str
    before: dict
    after: dict
    reasons: tuple = ()
    refusal: Exception | None = None
    known: dict = dataclasses.field(default_factory=dict)
    foretold: Plan | None = None

    @property
    def changed(self):
        return self.action != "none" and self.refusal is None
