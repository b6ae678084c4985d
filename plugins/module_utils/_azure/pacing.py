# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keeps many servers that work at once below the limits of Azure Resource Manager. Private to this collection.

ARM fills a bucket of requests for each subscription, principal and region: 250 reads refilled with 25 a second, 200
writes and 200 deletes refilled with 10 a second (request-limits-and-throttling). Ours are smaller, since others may use
the same principal, and follow what the answers say is left.
"""

from __future__ import annotations

import random
import re
import threading
import time

READ, WRITE, DELETE = "reads", "writes", "deletes"

# Kind -> (burst, requests a second). Less than ARM's own numbers; the margin is our inference.
LIMITS = {READ: (200, 20.0), WRITE: (150, 8.0), DELETE: (150, 8.0)}

# How often a request is sent at most. With the pauses below the last try comes about two minutes after the first.
TRIES = 8
FIRST_PAUSE_SECONDS = 0.8
LONGEST_PAUSE_SECONDS = 60
# A service that asks for a longer pause than this is better told to the user than waited for.
LONGEST_RETRY_AFTER_SECONDS = 300

# What is known to pass. A write is repeated only where ARM says that it did not take it.
READ_AGAIN = frozenset({408, 429, 500, 502, 503, 504})
WRITE_AGAIN = frozenset({429})


class Bucket:
    """A token bucket; ``reserve()`` takes a token and says how many seconds to wait before using it."""

    def __init__(self, burst, per_second, clock=time.monotonic):
        self._burst = burst
        self._rate = per_second
        self._clock = clock
        self._tokens = float(burst)
        self._filled = clock()
        self._lock = threading.Lock()

    def reserve(self):
        with self._lock:
            self._fill()
            self._tokens -= 1
            return max(0.0, -self._tokens / self._rate)

    def remaining(self, tokens):
        """The service says how many are left: fewer than we thought means that somebody else asks as well."""
        with self._lock:
            self._fill()
            self._tokens = min(self._tokens, float(tokens))

    def empty_for(self, seconds):
        """The service refused: nobody asks before ``seconds`` are over."""
        with self._lock:
            self._fill()
            self._tokens = min(self._tokens, -seconds * self._rate)

    def _fill(self):
        now = self._clock()
        self._tokens = min(float(self._burst), self._tokens + (now - self._filled) * self._rate)
        self._filled = now


class Pacer:
    """The buckets of one identity; one for each subscription and kind of request. Safe to use from many threads."""

    def __init__(self, clock=time.monotonic, sleep=time.sleep):
        self._clock = clock
        self._sleep = sleep
        self._buckets = {}
        self._lock = threading.Lock()

    def bucket(self, method, url):
        key = (subscription(url), kind(method))
        with self._lock:
            if key not in self._buckets:
                self._buckets[key] = Bucket(*LIMITS[key[1]], clock=self._clock)
            return self._buckets[key]

    def wait(self, method, url):
        pause = self.bucket(method, url).reserve()
        if pause > 0:
            self._sleep(pause)

    def learn(self, method, url, status, headers):
        """Take over what an answer says about the limit."""
        bucket = self.bucket(method, url)
        left = headers.get(f"x-ms-ratelimit-remaining-subscription-{kind(method)}", "")
        if left.isdigit():
            bucket.remaining(int(left))
        if status == 429:
            bucket.empty_for(retry_after(headers) or FIRST_PAUSE_SECONDS)


class PacingPolicy:
    """The pacer as a step of an Azure library's pipeline; stands behind the retry, so that each try is counted."""

    next = None

    def __init__(self, pacer):
        self._pacer = pacer

    def send(self, request):
        method, url = request.http_request.method, request.http_request.url
        self._pacer.wait(method, url)
        response = self.next.send(request)
        self._pacer.learn(method, url, response.http_response.status_code, response.http_response.headers)
        return response


class RetryPolicy:
    """Repeats what is known to pass, with jitter and an end.

    Stands in place of azure-core's own, which repeats every refusal that carries ``Retry-After`` and writes as well.
    """

    next = None

    def __init__(self, sleep=time.sleep, jitter=random.random):
        self._sleep = sleep
        self._jitter = jitter

    def send(self, request):
        method = request.http_request.method
        for attempt in range(1, TRIES + 1):
            try:
                response = self.next.send(request)
            except Exception as exc:
                if attempt == TRIES or not lost_connection(exc) or kind(method) != READ:
                    raise
                self._sleep(pause_before(attempt + 1, None, self._jitter()))
                continue
            asked = retry_after(response.http_response.headers)
            if attempt == TRIES or not is_worth_repeating(method, response.http_response.status_code, asked):
                return response
            self._sleep(pause_before(attempt + 1, asked, self._jitter()))
        raise AssertionError("the loop returns or raises")


def kind(method):
    """Which of ARM's buckets a request is taken from. A POST is a write: ARM counts it as one."""
    method = method.upper()
    if method in ("GET", "HEAD", "OPTIONS"):
        return READ
    return DELETE if method == "DELETE" else WRITE


def subscription(url):
    """The subscription in a URL, lower case; empty for a URL of the tenant."""
    match = re.search(r"/subscriptions/([^/?]+)", url, re.IGNORECASE)
    return match[1].lower() if match else ""


def is_worth_repeating(method, status, asked):
    """Whether an answer is one that passes; ``asked``: seconds of its ``Retry-After``, or `None`."""
    if asked is not None and asked > LONGEST_RETRY_AFTER_SECONDS:
        return False
    return status in (READ_AGAIN if kind(method) == READ else WRITE_AGAIN)


def pause_before(attempt, asked, jitter):
    """Seconds before try number ``attempt``: what the service asks for and a little more, or longer with each try.

    ``jitter`` (0 to 1) spreads many that were refused at the same moment.
    """
    if asked is not None:
        return asked + jitter
    pause = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (attempt - 2))
    return pause * (0.5 + jitter / 2)


def retry_after(headers):
    """Seconds of a ``Retry-After`` header, or `None`; Azure sends seconds, never dates."""
    text = (headers.get("Retry-After") or "").strip()
    return float(text) if re.fullmatch(r"\d+(\.\d+)?", text) else None


def lost_connection(exc):
    """Whether an exception of the library says that no answer came."""
    from azure.core.exceptions import ServiceRequestError, ServiceResponseError

    return isinstance(exc, (ServiceRequestError, ServiceResponseError))
