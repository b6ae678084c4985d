# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A report as one HTML page that needs nothing else: no script, no picture, no network. Private to this collection."""

from __future__ import annotations

from html import escape

from ansible_collections.azure_dr.site_recovery.plugins.plugin_utils import _report
from ansible_collections.azure_dr.site_recovery.plugins.plugin_utils._report_chart import chart, legend

STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1c2329; --soft: #5a6772; --line: #d8dee3; --band: #f3f5f7;
  --good: #1c6b3a; --bad: #b3261e; --same: #4b5a67; --badband: #fdf1f0; }
@media (prefers-color-scheme: dark) { :root { --paper: #14181c; --ink: #e6eaed; --soft: #9aa7b2; --line: #333c44; --band: #1d2328;
  --good: #6cc28c; --bad: #ff8a80; --same: #a9b6c0; --badband: #2c1a19; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.5rem 3rem; max-width: 76rem; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, "Segoe UI", "Liberation Sans", Arial, sans-serif; }
h1 { margin: 0 0 .2rem; font-size: 1.6rem; line-height: 1.25; font-weight: 650; }
h2 { margin: 2.2rem 0 .7rem; font-size: 1.1rem; font-weight: 650; }
.when { margin: 0 0 1.4rem; color: var(--soft); }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th { text-align: left; font-size: .8rem; font-weight: 600; color: var(--soft); white-space: nowrap; }
th, td { padding: .42rem .9rem .42rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td.number, th.number { text-align: right; }
.state { font-weight: 600; white-space: nowrap; }
.steps .state { font-weight: 400; } .steps .failed .state { font-weight: 600; }
.changed .state { color: var(--good); } .unchanged .state { color: var(--same); } .failed .state { color: var(--bad); }
.failure { margin: .8rem 0; padding: .8rem 1rem; border-left: 4px solid var(--bad); background: var(--badband); break-inside: avoid; }
.failure h3 { margin: 0 0 .3rem; font-size: 1rem; }
.failure p { margin: .3rem 0; overflow-wrap: anywhere; white-space: pre-line; }
.failure dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: .5rem 0 0; }
.failure dt { color: var(--soft); } .failure dd { margin: 0; overflow-wrap: anywhere; }
.chart { display: block; width: 100%; min-width: 46rem; height: auto; font: 11px system-ui, "Segoe UI", "Liberation Sans", Arial, sans-serif; }
.chart .grid { stroke: var(--line); } .chart .lane { stroke: var(--line); }
.chart .tick { fill: var(--soft); text-anchor: middle; font-size: 10.5px; }
.chart .server { fill: var(--ink); font-weight: 600; font-size: 12.5px; } .chart .server.bad { fill: var(--bad); }
.chart .none { fill: var(--soft); font-style: italic; font-size: 12px; }
.chart .task { fill: var(--band); stroke: var(--line); } .chart .task-name { fill: var(--soft); font-size: 10.5px; }
.chart .label { fill: #fff; } .chart .open rect { fill-opacity: .55; stroke: var(--ink); stroke-dasharray: 3 3; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.2rem; margin: .8rem 0 0; padding: 0; list-style: none;
  font-size: .85rem; color: var(--soft); }
.legend li::before { content: ""; display: inline-block; width: .75rem; height: .75rem; margin-right: .4rem; border-radius: 2px;
  background: var(--key); vertical-align: -1px; }
.steps td, .checks td { white-space: nowrap; }
.steps td.what, .checks td.what { white-space: normal; overflow-wrap: anywhere; min-width: 16rem; width: 99%; }
.warning .state { color: var(--same); }
@media print { :root { --paper: #fff; --ink: #000; --soft: #444; --line: #bbb; --band: #f3f5f7;
    --good: #1c6b3a; --bad: #b3261e; --same: #444; --badband: #fdf1f0; }
  body { padding: 0; font-size: 10.5pt; } * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  tr { break-inside: avoid; } .scroll { overflow: visible; } .chart { min-width: 0; } }
"""


def page(report):
    """The page of a report; ``report`` is what `Report.as_dict` returns. Everything from outside is escaped."""
    title = headline(report)
    parts = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="when">{escape(_when(report))}</p>',
        _servers(report),
        _failures(report),
        _timeline(report),
        _checks(report),
        _tasks(report),
        _steps(report),
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>\n<body>\n" + "\n".join(filter(None, parts)) + "\n</body></html>\n"
    )


def headline(report):
    """The whole run in one sentence; pure."""
    servers = report["servers"]
    count = "1 process server" if len(servers) == 1 else f"{len(servers)} process servers"
    failed = sum(server["outcome"] == "failed" for server in servers)
    checks = _all_checks(report)
    broken = any(task["error"] for task in report["tasks"])
    if failed:
        return f"{failed} of {count} failed"
    if broken:
        return "The run failed before any server was acted on" if not any(task["timeline"] for task in report["tasks"]) else "The run failed"
    if not servers:
        failed = sum(check["result"] == "failed" for check in checks)
        return f"{len(checks)} checks, {failed or 'none'} failed" if checks else "No process server"
    if all(server["outcome"] == "unchanged" for server in servers):
        return f"{count}, nothing to do" if report["check_mode"] else f"{count}, unchanged"
    if report["check_mode"]:
        return f"{count}, checked only"
    if all(server["state"] == "absent" for server in servers):
        return f"{count} gone"
    registered = sum(server["state"] == "registered" for server in servers)
    return f"{count} registered" if registered == len(servers) else f"{count}, {registered} registered"


def _when(report):
    begin, end = _report.moment(report["started"]), _report.moment(report["finished"])
    took = _report.duration((end - begin).total_seconds()) if begin and end else ""
    words = [f"{begin:%d %B %Y, %H:%M:%S} UTC" if begin else "", f"took {took}" if took else "", report["playbook"]]
    if report["check_mode"]:
        words.append("check mode: nothing was changed")
    return " · ".join(word for word in words if word)


def _servers(report):
    rows = []
    deletes = _report.deletes(report)
    for server in report["servers"]:
        cells = [
            f"<td>{escape(str(server['name']))}</td>",
            f"<td>{escape(_report.network_name(server))}</td>",
            f"<td>{escape(str(server['private_ip_address'] or ''))}</td>",
            f'<td class="state">{escape(_mark(server) + _report.state_words(server, report["check_mode"]))}</td>',
            f'<td class="number">{escape(_report.duration(server["seconds"]))}</td>',
            f"<td>{escape(str(server['version'] or ''))}</td>",
            f"<td>{escape(_report.heartbeat_words(server))}</td>",
        ]
        if deletes:
            cells.append(f'<td class="number">{escape(_report.hours_words(server))}</td>')
            cells.append(f"<td>{escape(_report.deletion_words(server, report['check_mode']))}</td>")
        rows.append(f'<tr class="{server["outcome"]}">{"".join(cells)}</tr>')
    headings = ("Server", "Network", "Address", "State", "#Time", "Version", "Heartbeat")
    return _table((*headings, "#Machine hours", "Deleted") if deletes else headings, rows) if rows else ""


def _mark(server):
    return {"failed": "✕ ", "changed": "✓ ", "unchanged": "= "}[server["outcome"]]


def _failures(report):
    found = [(server["name"], server["failure"]) for server in report["servers"] if server["failure"]]
    found += [(task["name"], task["error"]) for task in report["tasks"] if task["error"]]
    if not found:
        return ""
    cards = []
    for name, failure in found:
        known = (("Step", "step"), ("Code", "code"), ("Correlation id", "correlation_id"), ("What to do", "cure"))
        facts = "".join(f"<dt>{word}</dt><dd>{escape(str(failure[key]))}</dd>" for word, key in known if failure.get(key))
        cards.append(f'<div class="failure"><h3>{escape(str(name))}</h3><p>{escape(_what_happened(failure))}</p><dl>{facts}</dl></div>')
    return "<h2>What failed</h2>" + "".join(cards)


def _what_happened(failure):
    """The message without what to do, which has a line of its own."""
    message, cure = str(failure.get("message") or ""), str(failure.get("cure") or "")
    return message.partition(cure)[0].strip() if cure else message


def _all_checks(report):
    return [check for task in report["tasks"] for check in task["checks"]]


def _checks(report):
    """The checks that did not pass, and how many did."""
    checks = _all_checks(report)
    if not checks:
        return ""
    told = [check for check in checks if check["result"] not in ("ok", "not_applicable")]
    rows = [
        f'<tr class="{escape(str(check["result"]))}"><td class="state">{"✕ " if check["result"] == "failed" else ""}{escape(str(check["result"]))}</td>'
        f"<td>{escape(str(check['check']))}</td><td>{escape(str(check['server'] or 'all'))}</td>"
        f'<td class="what">{escape(str(check["evidence"] or ""))}{_cure(check)}</td></tr>'
        for check in sorted(told, key=lambda check: check["result"] != "failed")
    ]
    summary = f'<p class="when">{len(checks) - len(told)} of {len(checks)} checks passed or do not apply.</p>'
    return "<h2>Checks</h2>" + summary + (_table(("Result", "Check", "Server", "What was seen, and what to do"), rows, "checks") if rows else "")


def _cure(check):
    return f"<br>→ {escape(str(check['cure']))}" if check["cure"] else ""


def _timeline(report):
    drawn = chart(report["tasks"], report["servers"])
    if not drawn:
        return ""
    keys = "".join(f'<li style="--key:{color}">{escape(name)}</li>' for name, color in legend(report["tasks"]).items())
    return f'<h2>Timeline</h2><div class="scroll">{drawn}</div><ul class="legend">{keys}</ul>'


def _tasks(report):
    rows = [
        f'<tr class="{task["status"]}"><td>{escape(task["name"])}</td><td class="state">{escape(task["status"])}</td>'
        f'<td class="number">{escape(_report.duration(task["seconds"]))}</td><td>{escape(task["module"])}</td></tr>'
        for task in report["tasks"]
    ]
    return "<h2>Tasks</h2>" + _table(("Task", "State", "#Time", "Module"), rows)


def _steps(report):
    rows = []
    begin = _report.moment(report["started"])
    for task in report["tasks"]:
        for step in task["timeline"]:
            started = _report.moment(step["started"])
            at = _report.duration(max((started - begin).total_seconds(), 0)) if started and begin else ""
            failed = step["status"] == "failed"
            rows.append(
                f'<tr class="{"failed" if failed else ""}"><td class="number">{escape(at)}</td><td>{escape(str(step["server"]))}</td>'
                f'<td>{escape(str(step["step"]))}</td><td class="state">{"✕ " if failed else ""}{escape(str(step["status"]))}</td>'
                f'<td class="number">{escape(_report.duration(step["seconds"]))}</td><td class="what">{escape(str(step["detail"] or ""))}</td></tr>'
            )
    return "<h2>Steps</h2>" + _table(("#After", "Server", "Step", "State", "#Time", "Detail"), rows, "steps") if rows else ""


def _table(headings, rows, kind=""):
    """A heading that begins with # is that of a column of numbers."""
    head = "".join(f'<th class="number">{word[1:]}</th>' if word.startswith("#") else f"<th>{word}</th>" for word in headings)
    return f'<div class="scroll"><table class="{kind}"><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'
