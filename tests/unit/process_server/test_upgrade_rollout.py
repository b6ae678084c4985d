"""Who may be taken down when, so that no network is without a server that another could be spared for."""

from __future__ import annotations

import threading

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError, Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.upgrade_rollout import (
    GO,
    STOP,
    WAIT,
    Network,
    Rollout,
    limit_of,
    verdict,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._progress import Progress


def network(listed="a b", working=None, pending=None, down="", others="", limit=1, failed=""):
    listed = listed.split()
    return Network(
        "vnet",
        limit,
        tuple(listed),
        tuple(others.split()),
        set(listed if working is None else working.split()),
        set(listed if pending is None else pending.split()),
        set(down.split()),
        set(failed.split()),
    )


CASES = [
    ("the only server of its network", network("a"), GO),
    ("two that work", network("a b"), GO),
    ("the other one is down", network("a b", working="a", down="b"), WAIT),
    ("the other one is down, and two may be", network("a b", working="a", down="b", limit=2), WAIT),
    ("the other one is down, two may be, and a third works", network("a b c", working="a c", down="b", limit=2), GO),
    ("one outside the list works", network("a", others="x"), GO),
    ("one is down, and one outside the list works", network("a b", working="a", down="b", others="x", limit=2), GO),
    ("the other one does not work and is yet to be mended", network("a b", working="a"), WAIT),
    ("the other one does not work, and nothing is to be done for it", network("a b", working="a", pending="a"), STOP),
    ("it does not work itself", network("a b", working="b"), GO),
    ("nobody works", network("a b", working=""), GO),
    ("nobody works, and one is being mended", network("a b", working="", down="b"), WAIT),
    ("the others failed", network("a b c", working="a", pending="a"), STOP),
    ("one does not work for another reason, and one works", network("a b c", working="a b", pending="a b"), GO),
    ("one is yet to be mended, and others work", network("a b c", working="a b"), WAIT),
    ("one is yet to be mended, two may be down", network("a b c", working="a b", limit=2), GO),
    ("one is yet to be mended and one is down, two may be", network("a b c d", working="a b", down="d", limit=2), WAIT),
    ("one failed and others work", network("a b c", working="a b", pending="a b", failed="c"), STOP),
    ("one failed, two may be down", network("a b c", working="a b", pending="a b", failed="c", limit=2), GO),
    ("one failed, one is down, two may be", network("a b c d", working="a b", pending="a b c", down="c", failed="d", limit=2), WAIT),
    ("two failed, two may be down", network("a b c d", working="a b", pending="a b", failed="c d", limit=2), STOP),
    ("one failed, and it does not work itself", network("a b c", working="b", pending="a b", failed="c"), GO),
    ("one failed, and one outside the list works", network("a b", working="a", pending="a", failed="b", others="x"), STOP),
]


@pytest.mark.parametrize("state, expected", [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_verdict(state, expected):
    decided, why = verdict(state, "a")
    assert decided == expected and bool(why) == (expected != GO)


@pytest.mark.parametrize("given, count, expected", [("1", 5, 1), (2, 5, 2), ("50%", 5, 2), ("10%", 5, 1), ("100%", 3, 3), (" 34% ", 3, 1)])
def test_limit(given, count, expected):
    assert limit_of(given, count) == expected


def run(rollout, names, works):
    """Each on its own thread, as a run has them; ``works(name)`` is its upgrade. Returns the errors by name."""
    errors = {}

    def upgrade(name):
        try:
            with rollout.turn(name, Progress()) as turn:
                turn.take_down()
                works(name)
        except AsrError as error:
            errors[name] = error

    threads = [threading.Thread(target=upgrade, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)
    return errors


def test_servers_of_one_network_go_one_after_the_other_and_those_of_others_at_once():
    one, other = network("a b c"), network("x")
    together, seen, meeting = set(), [], threading.Barrier(2, timeout=30)

    def works(name):
        if name == "x":
            meeting.wait()
            return
        together.add(name)
        if not seen:
            # Breaks where the other network's server is not down at the same time.
            meeting.wait()
        seen.append(set(together))
        together.discard(name)

    assert run(Rollout([one, other]), ["x", "a", "b", "c"], works) == {}
    assert sorted(map(sorted, seen)) == [["a"], ["b"], ["c"]]
    assert one.working == {"a", "b", "c"} and not one.down and not one.pending and other.working == {"x"}


@pytest.mark.parametrize("limit, spared", [(1, 4), (2, 3), (3, 2)])
def test_what_fails_for_some_is_spared_the_others(limit, spared):
    state = network("a b c d e", limit=limit)
    taken, together = [], threading.Barrier(limit, timeout=30)

    def works(name):
        taken.append(name)
        together.wait()
        raise AsrError("running the set-up", on=name)

    errors = run(Rollout([state]), list("abcde"), works)
    assert len(taken) == limit and len(state.working) == spared and len(errors) == 5
    refused = [str(errors[name]) for name in state.working]
    assert all(" and ".join(sorted(taken)) + " of vnet failed in this run" in text and "max_unavailable" in text for text in refused), refused


def test_what_an_earlier_run_left_is_mended_before_any_other_is_taken_down():
    state = network("a b c d", working="a b c")
    order, waits = [], threading.Event()
    rollout = Rollout([state])
    others = threading.Thread(target=lambda: (waits.set(), run(rollout, list("abc"), order.append)))
    others.start()
    waits.wait(30)
    with pytest.raises(AsrError), rollout.turn("d", Progress()) as turn:
        turn.take_down()
        order.append("d")
        raise AsrError("running the set-up", on="d")
    others.join(30)
    assert order == ["d"] and state.working == {"a", "b", "c"}


def test_after_a_failure_the_last_one_that_works_stays_up():
    state = network("a b c", limit=3)
    taken = []

    def works(name):
        taken.append(name)
        if len(taken) < 3:
            raise AsrError("running the set-up", on=name)

    errors = run(Rollout([state]), ["a", "b", "c"], works)
    assert len(taken) == 2 and len(errors) == 3 and len(state.working) == 1
    (last,) = state.working
    assert isinstance(errors[last], Refusal) and "last process server of vnet that works" in str(errors[last])
    assert all(name in str(errors[last]) for name in taken)


def test_a_server_that_fails_before_it_is_down_works_on():
    state = network("a b")
    rollout = Rollout([state])
    with pytest.raises(AsrError), rollout.turn("a", Progress()):
        raise AsrError("verifying the installer", on="a")
    with rollout.turn("b", Progress()) as turn:
        assert [turn.take_down(), turn.take_down()] == [False, False]
        assert state.down == {"b"}
    assert state.working == {"a", "b"} and not state.pending


def test_a_machine_that_does_not_run_is_not_relied_on():
    state = network("a b")
    rollout = Rollout([state])
    with pytest.raises(AsrError), rollout.turn("a", Progress()) as turn:
        turn.does_not_run()
        raise Refusal("waiting for the machine", on="a")
    with pytest.raises(Refusal, match="last process server of vnet that works; a does not"), rollout.turn("b", Progress()) as turn:
        turn.take_down()


def test_one_that_only_had_to_be_proven_works_from_then_on():
    state = network("a b c", working="c")
    rollout, errors = Rollout([state]), {}
    waiting = threading.Thread(target=lambda: errors.update(run(rollout, ["c"], lambda _name: None)))
    waiting.start()
    for name in "ab":
        with rollout.turn(name, Progress()):
            pass
    waiting.join(30)
    assert errors == {} and state.working == {"a", "b", "c"}


def test_one_that_does_not_work_is_mended_before_the_one_that_does_goes_down():
    state = network("a b", working="b")
    order = []
    rollout = Rollout([state])
    waiting = threading.Thread(target=lambda: run(rollout, ["b"], order.append))
    waiting.start()
    with rollout.turn("a", Progress()) as turn:
        turn.is_down()
        order.append("a")
    waiting.join(30)
    assert order == ["a", "b"] and state.working == {"a", "b"}
