"""What the action plugins print, and how they follow the file, without Ansible around them."""

from __future__ import annotations

import json
import os
import queue
import stat
import types

import pytest
from ansible import constants as C

from ansible_collections.azure_dr.site_recovery.plugins.plugin_utils import _progress

HANG = 20  # seconds after which a test that waits for something is broken


def event(**fields):
    return json.dumps({"server": "ps-app-01", "step": "create virtual machine", "status": "started", "detail": "", "seconds": None, **fields})


@pytest.mark.parametrize(
    "line, text",
    [
        (event(), "ps-app-01 | create virtual machine | started"),
        (event(status="finished", seconds=12.3), "ps-app-01 | create virtual machine | finished | 12.3 s"),
        (event(status="finished", seconds=0.0), "ps-app-01 | create virtual machine | finished | 0.0 s"),
        (event(status="going on", detail="provisioning"), "ps-app-01 | create virtual machine | going on | provisioning"),
        (event(status="failed", seconds=2, detail="QuotaExceeded: none left"), "ps-app-01 | create virtual machine | failed | 2 s | QuotaExceeded: none left"),
        (event(detail="one\r\nPLAY RECAP\x1b[2Jtwo\u2028three"), "ps-app-01 | create virtual machine | started | one PLAY RECAP [2Jtwo three"),
    ],
)
def test_an_event_is_one_readable_line(line, text):
    assert _progress.as_line(line)[0] == text


def test_only_a_failure_has_the_color_of_one():
    assert _progress.as_line(event(status="failed"))[1] == C.COLOR_ERROR
    assert _progress.as_line(event(status="finished"))[1] is None


@pytest.mark.parametrize("line", ["", "not json", "[]", "3", '"text"', '{"server": "ps-app-01"}', "\x00"])
def test_what_is_no_event_is_not_printed(line):
    assert _progress.as_line(line) is None


def test_the_file_is_for_its_owner_alone_and_does_not_stay():
    with _progress.progress_file() as path:
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
        assert stat.S_IMODE(os.stat(os.path.dirname(path)).st_mode) == 0o700
    assert not os.path.exists(os.path.dirname(path))


def test_the_file_does_not_stay_after_an_error():
    with pytest.raises(RuntimeError), _progress.progress_file() as path:
        raise RuntimeError
    assert not os.path.exists(os.path.dirname(path))


def test_lines_are_printed_as_they_come():
    printed = queue.Queue()
    with _progress.progress_file() as path, _progress.printing(path, lambda text, color: printed.put(text)):
        with open(path, "a", encoding="utf-8") as events:
            events.write(event() + "\n")
            events.flush()
            assert printed.get(timeout=HANG).endswith("started")
            half = event(status="finished", detail="größer")
            events.write(half[:30])
            events.flush()
            events.write(half[30:] + "\n")
            events.flush()
            assert printed.get(timeout=HANG).endswith("finished | größer")


def test_the_last_lines_are_printed_before_it_ends():
    printed = []
    # With such an interval the thread looks only once after the first time: when it is told that the end has come.
    with _progress.progress_file() as path, _progress.printing(path, lambda text, color: printed.append(text), interval=HANG * 60):
        with open(path, "a", encoding="utf-8") as events:
            events.writelines(event(step=f"step {number}") + "\n" for number in range(500))
    assert len(printed) == 500


def test_lines_are_printed_when_the_task_ends_with_an_error():
    printed = []
    with pytest.raises(RuntimeError), _progress.progress_file() as path, _progress.printing(path, lambda text, color: printed.append(text)):
        with open(path, "a", encoding="utf-8") as events:
            events.write(event(status="failed") + "\n")
        raise RuntimeError
    assert len(printed) == 1


@pytest.mark.parametrize(
    "connection, in_background, no_log, arguments, expected",
    [
        ("local", False, False, {}, True),
        ("ssh", False, False, {}, False),
        ("winrm", False, False, {}, False),
        (None, False, False, {}, False),
        ("local", True, False, {}, False),
        ("local", False, True, {}, False),
        ("local", False, False, {"progress_file": "/tmp/own"}, False),
        ("local", False, False, {"progress_file": None}, True),
    ],
)
def test_lines_only_where_the_module_writes_what_we_read_and_the_user_wants_to_see_it(connection, in_background, no_log, arguments, expected):
    action = _progress.ProgressActionModule.__new__(_progress.ProgressActionModule)
    action._connection = types.SimpleNamespace(transport=connection)
    action._task = types.SimpleNamespace(no_log=no_log)
    assert action._has_lines(arguments, in_background) is expected
