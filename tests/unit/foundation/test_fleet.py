"""All servers at the same time, each with an end of its own."""

from __future__ import annotations

import threading

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._fleet import SharedRead, run_all


def test_every_item_gets_its_outcome_in_order_and_a_failure_stops_nobody():
    def chain(item):
        if item["name"] == "b":
            raise AsrError("trying", on="b", said="no")
        return {"done": item["name"]}

    outcomes = run_all([{"name": name} for name in "abc"], chain)
    assert [outcome.name for outcome in outcomes] == ["a", "b", "c"]
    assert [outcome.result for outcome in outcomes] == [{"done": "a"}, None, {"done": "c"}]
    assert str(outcomes[1].error) == "trying on b: no."


def test_all_run_at_the_same_time():
    together = threading.Barrier(20, timeout=30)
    outcomes = run_all([{"name": str(number)} for number in range(20)], lambda item: {"index": together.wait()})
    assert sorted(outcome.result["index"] for outcome in outcomes) == list(range(20))


def test_an_unforeseen_error_names_its_place_and_quotes_nothing():
    def chain(item):
        raise KeyError("canary-secret")

    (outcome,) = run_all([{"name": "a"}], chain)
    assert "KeyError" in str(outcome.error) and "test_fleet.py line" in str(outcome.error)
    assert "canary" not in str(outcome.error)


def test_no_items_no_threads():
    assert run_all([], lambda item: {}) == []


class Readings:
    def __init__(self):
        self.time = 100.0
        self.count = 0
        self.shared = SharedRead(self.read, min_interval=10, clock=lambda: self.time)

    def read(self):
        self.count += 1
        return self.count


@pytest.mark.parametrize("later, not_before, expected", [(0, None, 1), (9, None, 1), (11, None, 2), (5, 103, 2), (5, 100, 1), (11, 100, 2)])
def test_a_reading_is_shared_until_it_is_too_old(later, not_before, expected):
    readings = Readings()
    readings.shared.get()
    readings.time += later
    assert readings.shared.get(not_before) == expected


def test_those_who_wait_together_share_one_reading():
    readings = Readings()
    assert {
        outcome.result["value"]
        for outcome in run_all([{"name": str(number)} for number in range(30)], lambda item: {"value": readings.shared.get(100.0)})
    } == {1}


def test_those_who_waited_for_a_long_reading_begin_no_more_of_them():
    """A reading that takes as long as it may be old, as a refresh does: all who asked meanwhile share at most one more."""
    readings = Readings()
    began = threading.Event()
    waiting = threading.Semaphore(0)

    def clock():
        waiting.release()
        return readings.time

    def read():
        began.set()
        for _asked in range(20):
            waiting.acquire(timeout=30)
        readings.time += 10
        return readings.read()

    shared = SharedRead(read, min_interval=10, clock=clock)
    first = threading.Thread(target=shared.get)
    first.start()
    assert began.wait(30)
    run_all([{"name": str(number)} for number in range(20)], lambda item: {"value": shared.get()})
    first.join()
    assert readings.count == 1


@pytest.mark.parametrize("later, expected", [(11, 1), (60, 1), (61, 2)])
def test_an_older_reading_serves_who_says_so(later, expected):
    readings = Readings()
    assert readings.shared.get(max_age=60) == 1
    readings.time += later
    assert readings.shared.get(max_age=60) == expected


def test_who_takes_an_older_reading_does_not_wait_for_one_that_is_under_way():
    readings, began, go_on = Readings(), threading.Event(), threading.Event()
    waits = [False]

    def read():
        if waits[0]:
            began.set()
            assert go_on.wait(30)
        return readings.read()

    shared = SharedRead(read, min_interval=10, clock=lambda: readings.time)
    shared.get()
    readings.time += 30
    waits[0] = True
    long = threading.Thread(target=shared.get)
    long.start()
    assert began.wait(30) and shared.get(max_age=60) == 1
    go_on.set()
    long.join()
    assert shared.get(max_age=60) == 2
