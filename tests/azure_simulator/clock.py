"""The time of the rehearsal world: the machine's own, in the notations that Azure uses."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone


class Clock:
    """The world's time runs with real time: what the product measures with its own clock must agree with it."""

    def now(self) -> datetime:
        """Now, in UTC, with its zone."""
        return datetime.now(timezone.utc)

    def ago(self, seconds: float) -> datetime:
        return self.now() - timedelta(seconds=seconds)

    def text(self, moment: datetime | None = None) -> str:
        """A moment (default: now) with seven digits of a second and Z, as Site Recovery and Network write it."""
        moment = (moment or self.now()).astimezone(timezone.utc)
        return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond:06d}0Z"

    def text_with_offset(self, moment: datetime | None = None) -> str:
        """A moment with seven digits of a second and +00:00, as Compute writes it."""
        return self.text(moment)[:-1] + "+00:00"
