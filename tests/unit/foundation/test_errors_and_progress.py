"""What a person reads when something fails, and while things happen."""

from __future__ import annotations

import json
import os

import pytest
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError, AsrTimeout, Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._progress import Progress


def test_an_error_says_what_where_why_and_what_to_do():
    error = AsrError("creating machine", on="ps-1", code="OperationNotAllowed", said="exceeding quota", correlation_id="c-1", cure="Ask for more cores")
    assert str(error) == "creating machine on ps-1: OperationNotAllowed: exceeding quota (correlation id c-1). Ask for more cores."
    assert error.as_dict()["correlation_id"] == "c-1"


@pytest.mark.parametrize("error, text", [(AsrError("x"), "x."), (Refusal("x", said="y."), "x: y."), (AsrTimeout("x", on="z", cure="Do it!"), "x on z. Do it!")])
def test_nothing_is_said_of_what_is_not_known(error, text):
    assert str(error) == text


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_each_step_is_written_as_it_happens(tmp_path):
    path = tmp_path / "progress"
    path.touch(mode=0o600)
    progress = Progress(str(path))
    with progress.step("ps-1", "create", "in vnet-a") as entry:
        assert [line["status"] for line in lines(path)] == ["started"]
        entry["detail"] = "created"
    assert [(line["server"], line["step"], line["status"], line["detail"]) for line in lines(path)] == [
        ("ps-1", "create", "started", "in vnet-a"),
        ("ps-1", "create", "finished", "created"),
    ]
    assert progress.timeline[0]["status"] == "finished" and progress.timeline[0]["seconds"] >= 0


def test_an_error_learns_its_step_and_the_line_says_why(tmp_path):
    path = tmp_path / "progress"
    path.touch()
    progress = Progress(str(path))
    with pytest.raises(AsrError) as caught, progress.step("ps-1", "create"):
        raise AsrError("creating", said="no quota")
    assert caught.value.step == "create"
    assert lines(path)[-1]["status"] == "failed" and "no quota" in lines(path)[-1]["detail"]


def test_the_text_of_an_unforeseen_error_is_not_written(tmp_path):
    path = tmp_path / "progress"
    path.touch()
    progress = Progress(str(path))
    with pytest.raises(ValueError), progress.step("ps-1", "create"):
        raise ValueError("canary-secret")
    assert "canary" not in path.read_text() and "canary" not in json.dumps(progress.timeline)


def test_a_file_that_is_gone_is_not_made_again(tmp_path):
    progress = Progress(str(tmp_path / "gone"))
    with progress.step("ps-1", "create"):
        pass
    assert os.listdir(tmp_path) == [] and len(progress.timeline) == 1
