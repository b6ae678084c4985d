"""Waiting, with a clock that only moves when somebody sleeps."""

from __future__ import annotations

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError, AsrTimeout
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._wait import wait_for


class Clock:
    def __init__(self):
        self.now = 0.0
        self.pauses = []

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.pauses.append(seconds)
        self.now += seconds


def waiting(values, timeout=100, interval=15):
    clock = Clock()
    left = iter(values)
    return clock, lambda: wait_for(lambda: next(left), lambda value: value == "there", "machine ps-1", timeout, interval, clock, clock.sleep)


def test_what_is_there_costs_no_sleep():
    clock, wait = waiting(["there"])
    assert wait() == "there" and clock.pauses == []


def test_it_reads_until_the_value_is_final():
    clock, wait = waiting(["no", "no", "there"])
    assert wait() == "there" and clock.pauses == [15, 15]


def test_the_interval_may_follow_from_the_value():
    clock, wait = waiting(["no", "nono", "there"], interval=len)
    wait()
    assert clock.pauses == [2, 4]


def test_the_limit_is_kept_to_the_second_and_names_what_was_seen_last():
    clock, wait = waiting(["creating"] * 100, timeout=40)
    with pytest.raises(AsrTimeout, match="waiting for machine ps-1: timeout: not there after 40 s; last seen: creating"):
        wait()
    assert clock.pauses == [15, 15, 10]


def test_a_final_failure_ends_the_waiting():
    def judge(value):
        raise AsrError("creating", said=value)

    with pytest.raises(AsrError, match="quota"):
        wait_for(lambda: "quota", judge, "x", 10, 1)
