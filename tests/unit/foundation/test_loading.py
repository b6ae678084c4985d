"""While a library is loaded the garbage collector rests, and afterwards it is as it was."""

from __future__ import annotations

import gc
import threading

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils import _loading


@pytest.fixture(autouse=True)
def as_before():
    enabled = gc.isenabled()
    yield
    gc.enable() if enabled else gc.disable()
    gc.unfreeze()


@pytest.mark.parametrize("before", [True, False])
def test_the_collector_rests_meanwhile_and_is_then_as_it_was(before):
    gc.enable() if before else gc.disable()
    with pytest.raises(ImportError), _loading.quickly():
        assert not gc.isenabled()
        with _loading.quickly():
            pass
        assert not gc.isenabled()
        raise ImportError
    assert gc.isenabled() is before


def test_what_was_loaded_is_not_looked_through_again():
    gc.unfreeze()
    with _loading.quickly():
        loaded = [[] for unused in range(1000)]
    assert gc.get_freeze_count() >= len(loaded)


def test_two_threads_load_one_after_the_other():
    gc.enable()
    began, seen = threading.Event(), []

    def other():
        began.set()
        with _loading.quickly():
            seen.append("other")

    with _loading.quickly():
        thread = threading.Thread(target=other)
        thread.start()
        began.wait()
        seen.append("first")
    thread.join()
    assert seen == ["first", "other"] and gc.isenabled()
