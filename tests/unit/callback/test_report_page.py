"""The page and its timeline: complete, self-contained, and safe to open whatever a service answered."""

from __future__ import annotations

import html.parser
import re
import xml.etree.ElementTree

import pytest

from ansible_collections.azure_dr.site_recovery.plugins.plugin_utils import _report_chart
from ansible_collections.azure_dr.site_recovery.plugins.plugin_utils._report_page import headline, page
from tests.unit.callback.runs import at, check, failure, registered, server, step
from tests.unit.callback.test_report import report_of

EVIL = '"><script>alert(1)</script><img src=x onerror=alert(2)>\' & </title>'


class Elements(html.parser.HTMLParser):
    """The elements and attributes of a page, and whether each that opens is closed."""

    VOID = {"meta", "br"}

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.open, self.text = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def full_report():
    return report_of(
        (
            "failed",
            {
                "process_servers": [registered("ps-app-01"), server("ps-db-01"), registered("ps-web-01", changed=False, action="none")],
                "failed_servers": [failure("ps-db-01")],
                "timeline": [step("ps-app-01", "run setup", 0, 60), step("ps-db-01", "run setup", 5, 90, "failed", "no answer")],
            },
        )
    )


def svg(report):
    return xml.etree.ElementTree.fromstring(_report_chart.chart(report["tasks"], report["servers"]))


def test_a_page_is_whole_and_needs_nothing_else():
    text = page(full_report())
    elements = Elements(text)
    assert elements.open == []
    assert {"script", "img", "link", "iframe", "object"}.isdisjoint(elements.tags)
    assert not re.search(r"https?:|url\((?!#)|@import", text)


def test_it_says_of_each_server_how_it_ended():
    text = " ".join(Elements(page(full_report())).text)
    for words in ("1 of 3 process servers failed", "✓ registered", "✕ failed: run setup", "= registered, unchanged", "no step was needed", "Open TCP 443"):
        assert words in text, words


def test_checks_that_did_not_pass_are_told_failed_ones_first():
    checks = [
        check("vault", "ok"),
        check("retirement", "warning", cure="Migrate"),
        check("image_terms", "not_applicable", server="ps-app-01"),
        check("quota", "failed", cure="Ask for more", server="ps-app-01"),
    ]
    report = report_of(("unchanged", {"checks": checks}))
    assert headline(report) == "4 checks, 1 failed"
    text = " ".join(Elements(page(report)).text)
    assert "2 of 4 checks passed or do not apply." in text
    assert text.index("what was seen of quota") < text.index("Ask for more") < text.index("what was seen of retirement") < text.index("Migrate")
    assert "what was seen of vault" not in text and "what was seen of image_terms" not in text


def test_what_is_done_for_all_servers_has_a_lane_before_theirs():
    steps = [step("all", "check", 0, 1), step("ps-b", "run setup", 1, 2), step("ps-a", "run setup", 1, 3)]
    assert _report_chart.lanes_of(steps, [{"name": "ps-a"}, {"name": "ps-b"}, {"name": "ps-c"}]) == ["all", "ps-a", "ps-b", "ps-c"]


def test_it_says_what_to_do_once():
    assert Elements(page(full_report())).text.count("Open TCP 443, then run again") == 1
    assert "".join(Elements(page(full_report())).text).count("Open TCP 443") == 1


def test_whatever_a_service_answers_is_text():
    report = report_of(
        (
            "failed",
            {
                "process_servers": [registered(EVIL, **{key: EVIL for key in ("virtual_network", "private_ip_address", "version")}), server("b", state=EVIL)],
                "failed_servers": [failure("c", **{key: EVIL for key in ("step", "code", "message", "correlation_id", "cure")})],
                "timeline": [step(EVIL, EVIL, 0, 10, EVIL, EVIL), step("b", EVIL, 0, 0.001, "failed", EVIL)],
                "error": {"message": EVIL, "code": EVIL},
                "checks": [check(EVIL, EVIL, server=EVIL, evidence=EVIL, cure=EVIL)],
            },
        )
    )
    report["playbook"] = EVIL
    report["tasks"][0].update(name=EVIL, module=EVIL)
    elements = Elements(page(report))
    assert "script" not in elements.tags and "img" not in elements.tags
    assert not [name for name, _value in elements.attributes if name.startswith("on")]
    assert elements.open == []
    svg(report)


@pytest.mark.parametrize(
    "result, check_mode, words",
    [
        ({"process_servers": [registered("a"), registered("b")]}, False, "2 process servers registered"),
        ({"process_servers": [registered("a")]}, False, "1 process server registered"),
        ({"process_servers": [registered("a"), server("b", state="creating")]}, False, "2 process servers, 1 registered"),
        ({"process_servers": [registered("a", changed=False)]}, False, "1 process server, unchanged"),
        ({"process_servers": [registered("a", changed=False)]}, True, "1 process server, nothing to do"),
        ({"process_servers": [server("a")]}, True, "1 process server, checked only"),
        ({"process_servers": [registered("a"), server("b")], "failed_servers": [failure("b")]}, False, "1 of 2 process servers failed"),
        ({"error": {"message": "no such vault"}}, False, "The run failed before any server was acted on"),
    ],
)
def test_the_headline_says_how_the_run_ended(result, check_mode, words):
    assert headline(report_of(("x", result), check_mode=check_mode)) == words


def test_bars_lie_where_their_times_say():
    root = svg(full_report())
    drawn = [group.find("rect") for group in root.iter("g") if group.get("class", "").startswith("step")]
    first, second = ((float(one.get("x")), float(one.get("width"))) for one in drawn)
    whole = _report_chart.WIDTH - _report_chart.NAMES - _report_chart.RIGHT
    assert first == (pytest.approx(_report_chart.NAMES), pytest.approx(whole * 60 / 90, abs=0.1))
    assert second == (pytest.approx(_report_chart.NAMES + whole * 5 / 90, abs=0.1), pytest.approx(whole * 85 / 90, abs=0.1))


def test_a_failed_step_is_told_apart_without_its_color():
    report = full_report()
    failed = [group for group in svg(report).iter("g") if group.get("class") == "step failed"]
    assert [group.find("rect").get("fill") for group in failed] == ["url(#failed)"]
    assert [group.find("text").text for group in failed] == ["✕ run setup"]


def test_a_step_without_an_end_is_drawn_to_the_end():
    report = report_of(("failed", {"process_servers": [server("a")], "timeline": [step("a", "run setup", 0, 10), step("a", "wait", 5, None, "started")]}))
    (unfinished,) = [group for group in svg(report).iter("g") if group.get("class") == "step open"]
    drawn = unfinished.find("rect")
    assert float(drawn.get("x")) + float(drawn.get("width")) == pytest.approx(_report_chart.WIDTH - _report_chart.RIGHT, abs=0.2)


def test_steps_that_overlap_get_rows_of_their_own():
    outer, inner, later = step("a", "outer", 0, 10), step("a", "inner", 2, 4), step("a", "later", 10, 12)
    assert _report_chart.pack([later, inner, outer]) == [[outer, later], [inner]]


@pytest.mark.parametrize("seconds", [0.1, 1, 7, 45, 61, 600, 1355, 7300, 50000, 400000])
def test_the_axis_has_a_few_even_lines(seconds):
    lines = _report_chart.ticks(seconds)
    assert 1 <= len(lines) <= _report_chart.MOST_TICKS + 1
    assert lines[0] == 0 and lines[-1] <= seconds
    assert len({round(b - a, 1) for a, b in zip(lines, lines[1:])}) <= 1


def test_no_step_no_timeline():
    report = report_of(("unchanged", {"process_servers": [registered("a", changed=False)]}))
    assert _report_chart.chart(report["tasks"], report["servers"]) == ""
    assert "Timeline" not in page(report)


def test_a_run_of_no_length_is_drawn():
    report = report_of(("changed", {"process_servers": [server("a")], "timeline": [step("a", "run setup", 3, 3)]}))
    assert at(3) and svg(report) is not None


@pytest.mark.parametrize(
    "names, width",
    [([], 128), (["ps-app-01"], 128), (["ps-app-01", "10.10.1.10 to CS-ONPREM-01"], 26 * 7.2 + 8), (["x" * 200], 330)],
)
def test_the_column_of_names_takes_what_they_need(names, width):
    assert _report_chart.names_width(names) == pytest.approx(width)
