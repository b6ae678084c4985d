"""How many servers stay below Azure's limits, and what is asked again."""

from __future__ import annotations

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._azure import pacing as subject


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def test_a_burst_is_free_and_what_comes_after_it_waits_its_turn():
    bucket = subject.Bucket(3, 2.0, clock=Clock())
    assert [bucket.reserve() for _unused in range(5)] == [0, 0, 0, 0.5, 1.0]


def test_tokens_come_back_with_time_but_never_more_than_the_burst():
    clock = Clock()
    bucket = subject.Bucket(2, 1.0, clock=clock)
    assert [bucket.reserve() for _unused in range(3)] == [0, 0, 1.0]
    clock.now += 1000
    assert [bucket.reserve() for _unused in range(3)] == [0, 0, 1.0]


def test_what_the_service_says_is_left_counts_downwards_only():
    bucket = subject.Bucket(10, 1.0, clock=Clock())
    bucket.remaining(1)
    bucket.remaining(9)
    assert [bucket.reserve() for _unused in range(2)] == [0, 1.0]


def test_after_a_refusal_nobody_asks_for_a_while():
    bucket = subject.Bucket(10, 2.0, clock=Clock())
    bucket.empty_for(5)
    assert bucket.reserve() == 5.5


def test_buckets_are_told_apart_by_subscription_and_kind():
    pacer = subject.Pacer(clock=Clock())
    one = pacer.bucket("GET", "https://management.azure.com/subscriptions/AAA/x")
    assert pacer.bucket("get", "https://management.azure.com/Subscriptions/aaa/y?z") is one
    assert pacer.bucket("PUT", "https://management.azure.com/subscriptions/AAA/x") is not one
    assert pacer.bucket("GET", "https://management.azure.com/subscriptions/bbb/x") is not one


@pytest.mark.parametrize(
    "method, kind",
    [
        ("GET", "reads"),
        ("HEAD", "reads"),
        ("PUT", "writes"),
        ("POST", "writes"),
        ("patch", "writes"),
        ("DELETE", "deletes"),
    ],
)
def test_kind(method, kind):
    assert subject.kind(method) == kind


@pytest.mark.parametrize(
    "method, status, asked, again",
    [
        ("GET", 200, None, False),
        ("GET", 429, 3, True),
        ("GET", 503, None, True),
        ("GET", 504, None, True),
        ("GET", 404, None, False),
        ("GET", 409, 5, False),
        ("GET", 429, 4000, False),
        ("PUT", 429, None, True),
        ("DELETE", 429, 1, True),
        ("PUT", 503, 1, False),
        ("POST", 500, None, False),
        ("DELETE", 504, None, False),
    ],
)
def test_what_is_asked_again(method, status, asked, again):
    assert subject.is_worth_repeating(method, status, asked) is again


def test_pauses_grow_up_to_a_limit_and_follow_the_service():
    pauses = [subject.pause_before(attempt, None, 1.0) for attempt in range(2, 12)]
    assert pauses[:4] == [0.8, 1.6, 3.2, 6.4] and pauses[-1] == subject.LONGEST_PAUSE_SECONDS
    assert subject.pause_before(2, None, 0.0) == 0.4
    assert subject.pause_before(2, 17, 0.25) == 17.25


@pytest.mark.parametrize("text, seconds", [("3", 3.0), ("0", 0.0), ("", None), ("Fri, 31 Dec 1999 23:59:59 GMT", None)])
def test_retry_after(text, seconds):
    assert subject.retry_after({"Retry-After": text}) == seconds


def test_fifty_servers_that_poll_stay_below_the_real_bucket():
    """50 machines polled every second against ARM's own bucket of 250 reads and 25 a second, as fast as ours lets them.
    50 machines polled every second against ARM's own bucket of 250 reads and 25 a second, as fast as ours lets them."""
    clock = Clock()
    ours = subject.Bucket(*subject.LIMITS[subject.READ], clock=clock)
    sent = []
    for _second in range(60):
        sent += [clock.now + ours.reserve() for _server in range(50)]
        clock.now += 1
    tokens, last = 250.0, sent[0]
    for moment in sorted(sent):
        tokens, last = min(250.0, tokens + (moment - last) * 25) - 1, moment
        assert tokens >= 0
