"""Reads what a run writes to the terminal as it comes, so that a test can hold the world until a line was seen."""

from __future__ import annotations

import threading

from tests.playbooks.support.waiting import until


class Terminal:
    """The output of a process that runs. ``seen(line)`` is called for each line, on a thread of its own."""

    def __init__(self, process, seen=lambda line: None):
        self.lines = []
        self._process = process
        self._seen = seen
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        for line in self._process.stdout:
            self.lines.append(line.rstrip("\n"))
            self._seen(self.lines[-1])

    @property
    def text(self):
        return "\n".join(self.lines)

    def wait_for(self, *words):
        """Until a line with all of these words was seen."""
        until(lambda: any(all(word in line for word in words) for line in list(self.lines)) or self._ended())
        found = [line for line in self.lines if all(word in line for word in words)]
        assert found, self.text
        return found[0]

    def end(self):
        """Until the process has ended; its exit code."""
        code = self._process.wait(timeout=300)
        self._thread.join()
        return code

    def _ended(self):
        return self._process.poll() is not None and not self._thread.is_alive()
