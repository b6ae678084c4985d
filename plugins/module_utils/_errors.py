# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one family of errors: what was tried, on what, what came back, what to do. Private to this collection."""

from __future__ import annotations


class AsrError(Exception):
    """Something did not work, said so that an administrator can act on it.

    ``tried``: the step in plain words; ``on``: the thing it was tried on; ``code`` and ``said``: the service's own code
    and text; ``correlation_id``: what Microsoft's support asks for; ``cure``: what to do next; ``step``: the name of
    the progress step, filled in by the progress when left empty; ``so_far``: what was done before it, as the result of the
    server tells it. None of them may hold a secret.
    """

    def __init__(self, tried, on="", code="", said="", correlation_id="", cure="", step=""):
        super().__init__(tried)
        self.tried = tried
        self.on = on
        self.code = code
        self.said = said
        self.correlation_id = correlation_id
        self.cure = cure
        self.step = step
        self.so_far = {}

    def __str__(self):
        where = f" on {self.on}" if self.on else ""
        answer = ": ".join(part for part in (self.code, self.said.strip()) if part)
        correlation = f" (correlation id {self.correlation_id})" if self.correlation_id else ""
        sentence = f"{self.tried}{where}" + (f": {answer}" if answer else "") + correlation
        return " ".join(_as_sentence(part) for part in (sentence, self.cure) if part)

    def as_dict(self):
        """The fields an automation reads: ``message`` is the whole text."""
        return {
            "step": self.step,
            "code": self.code,
            "message": str(self),
            "correlation_id": self.correlation_id,
            "cure": self.cure,
        }


class AsrTimeout(AsrError):
    """A limit of time was reached; the thing waited for may still come to a good end."""


class Refusal(AsrError):
    """Decided before anything was done: bad input, or an act that would not be safe."""


def _as_sentence(text):
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."
