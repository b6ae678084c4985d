"""What all modules have in common between their options and their result."""

from __future__ import annotations

import threading
import types

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._plan import Plan
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._progress import Progress
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._runner import failure_text, reconcile


def test_each_server_has_a_thread_of_its_own_however_many_there_are():
    # The servers of a network wait for each other's turns: one that could not begin would keep all others waiting.
    together = threading.Barrier(200, timeout=30)
    thing = types.SimpleNamespace(
        prepare=lambda params: [{"name": f"ps-{number}"} for number in range(200)],
        read=lambda azure, params, entries: None,
        plan=lambda params, entries, current: [Plan("upgrade", {}, {}) for _entry in entries],
        apply=lambda *_given: {"index": together.wait()},
    )
    assert not reconcile(lambda: None, thing, {}, False, Progress())["failed_servers"]


def test_what_is_wrong_with_several_alike_is_said_once():
    told = (("a", "", "no target."), ("b", "move", "no."), ("c", "", "no target."))
    failed = [{"name": name, "step": step, "message": message} for name, step, message in told]
    assert failure_text(failed).splitlines()[1:] == ["a, c, step decide: no target.", "b, step move: no."]
