"""Sees each script that runs on a host of a world, and lets a test act at that very moment."""

from __future__ import annotations

from tests.azure_simulator.windows import script_handlers

ANY = ""


class Scripts:
    """``ran``: ``(server, script)`` of each script that was begun, in order. Actions run on the world's own thread."""

    def __init__(self, monkeypatch):
        self.ran = []
        self._actions = []
        original = script_handlers.run

        async def run(name, host, parameters, hooks):
            server = host.computer_name.lower()
            self.ran.append((server, name))
            self._act("before", server, name)
            result = await original(name, host, parameters, hooks)
            self._act("after", server, name)
            return result

        monkeypatch.setattr(script_handlers, "run", run)

    def before(self, script, action, server=ANY):
        """Call ``action(server)`` before each such script."""
        self._actions.append(("before", server, script, action))

    def after(self, script, action, server=ANY):
        self._actions.append(("after", server, script, action))

    def of(self, server):
        return [script for one, script in self.ran if one == server]

    def _act(self, when, server, script):
        for moment, wanted, name, action in self._actions:
            if moment == when and name == script and wanted in (ANY, server):
                action(server)
