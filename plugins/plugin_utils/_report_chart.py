# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The timeline of a report as SVG: one lane for each server, one bar for each step. Private to this collection."""

from __future__ import annotations

import html

from ansible_collections.azure_dr.site_recovery.plugins.plugin_utils._report import duration, moment

WIDTH = 1000
NAMES = 128  # the column of names, to the left of the bars: at least so wide, and wider for the longer names of switches
MOST_NAMES = 330
RIGHT = 12
BAR = 20
GAP = 4
LANE_MARGIN = 8
AXIS = 26
TASK = 24
# About how wide a letter of the bars' font is: a label that would not fit is left out, and stands in the table of steps.
LETTER = 6.1
# The same of the names, which are bold.
NAME_LETTER = 7.2
TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400)
MOST_TICKS = 9
# One color for each kind of step, so that the lanes can be compared; dark enough for white letters, on paper and on a dark screen.
COLORS = (
    "#2563a8", "#0f766e", "#7c4dbb", "#9a5b13", "#33691e", "#a8326b", "#41617a", "#6b5b1e", "#4a53a8", "#7a3e2e",
    "#1f6f8b", "#5f5670", "#b0472a", "#1b7340", "#8a3ea0", "#5d6d7e", "#3d5a1a", "#8c4a5a", "#2b4c7e", "#7d6608",
)  # fmt: skip


def chart(tasks, servers):
    """The SVG element; an empty text where no step was taken. Everything from outside is escaped."""
    steps = [step for task in tasks for step in task["timeline"] if moment(step.get("started"))]
    if not steps:
        return ""
    begin = min(moment(step["started"]) for step in steps)
    end = max(moment(step.get("finished")) or moment(step["started"]) for step in steps)
    names = lanes_of(steps, servers)
    scale = Scale(begin, max((end - begin).total_seconds(), 0.1), names_width(names))
    colors = colors_of(steps)
    busy = [task for task in tasks if task["timeline"]]
    parts = [_task(task, scale) for task in busy]
    lanes = []
    top = TASK + AXIS
    for name in names:
        rows = pack([step for step in steps if step.get("server") == name])
        height = max(len(rows), 1) * (BAR + GAP) - GAP + 2 * LANE_MARGIN
        failed = any(server["name"] == name and server["failure"] for server in servers)
        lanes.append(_lane(name, failed, rows, top, height, scale, colors))
        top += height
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {top + 4}" role="img" aria-label="Timeline of the steps of each server">'
        '<defs><pattern id="failed" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect width="7" height="7" fill="#b3261e"/><rect width="2.5" height="7" fill="#7d1a15"/></pattern></defs>'
        f"{_axis(scale, top)}{''.join(parts)}{''.join(lanes)}</svg>"
    )


def lanes_of(steps, servers):
    """Whose lanes there are: first what was done for all servers at once, then the servers in the order of the report; pure."""
    names = [server["name"] for server in servers]
    return [name for name in dict.fromkeys(step.get("server") for step in steps) if name not in names] + names


def names_width(names):
    """How wide the column of these names is; pure."""
    return min(max([NAMES, *(len(str(name)) * NAME_LETTER + 8 for name in names)]), MOST_NAMES)


def legend(tasks):
    """Name and color of each kind of step, in the order they came up."""
    return colors_of([step for task in tasks for step in task["timeline"]])


def colors_of(steps):
    names = list(dict.fromkeys(str(step.get("step")) for step in steps))
    return {name: COLORS[number % len(COLORS)] for number, name in enumerate(names)}


class Scale:
    """Where a moment lies on the page."""

    def __init__(self, begin, seconds, left=NAMES):
        self.begin = begin
        self.seconds = seconds
        self.left = left

    def x(self, seconds):
        return self.left + seconds / self.seconds * (WIDTH - self.left - RIGHT)

    def at(self, time):
        return self.x((time - self.begin).total_seconds())


def ticks(seconds):
    """Where the axis has its lines, in seconds from the begin, evenly and not too many; pure."""
    apart = next((step for step in TICKS if seconds / step <= MOST_TICKS), TICKS[-1])
    return [round(apart * number, 1) for number in range(int(seconds / apart) + 1)]


def pack(steps):
    """Rows of steps that do not overlap: a step inside another one gets the next row; pure."""
    rows = []
    for step in sorted(steps, key=lambda one: moment(one["started"])):
        for row in rows:
            if (moment(row[-1].get("finished")) or moment(row[-1]["started"])) <= moment(step["started"]):
                row.append(step)
                break
        else:
            rows.append([step])
    return rows


def _axis(scale, bottom):
    lines = []
    for second in ticks(scale.seconds):
        x = scale.x(second)
        lines.append(f'<line class="grid" x1="{x:.1f}" y1="{TASK + AXIS - 6}" x2="{x:.1f}" y2="{bottom}"/>')
        lines.append(f'<text class="tick" x="{x:.1f}" y="{TASK + AXIS - 11}">{duration(second)}</text>')
    return "".join(lines)


def _task(task, scale):
    times = [moment(step[key]) for step in task["timeline"] for key in ("started", "finished") if moment(step.get(key))]
    left, right = scale.at(min(times)), scale.at(max(times))
    name = html.escape(task["name"])
    label = f'<text class="task-name" x="{left + 5:.1f}" y="12">{name}</text>' if _fits(task["name"], right - left - 5) else ""
    return f'<g><title>{name}</title><rect class="task" x="{left:.1f}" y="0" width="{max(right - left, 1.5):.1f}" height="17" rx="3"/>{label}</g>'


def _lane(name, failed, rows, top, height, scale, colors):
    bars = "".join(
        _bar(step, top + LANE_MARGIN + number * (BAR + GAP), scale, colors) for number, row in enumerate(rows) for step in row
    )
    if not rows:
        bars = f'<text class="none" x="{scale.left + 6:.1f}" y="{top + height / 2 + 4:.1f}">no step was needed</text>'
    mark = "✕ " if failed else ""
    return (
        f'<line class="lane" x1="0" y1="{top}" x2="{WIDTH}" y2="{top}"/>'
        f'<text class="server{" bad" if failed else ""}" x="0" y="{top + LANE_MARGIN + 15}">{mark}{html.escape(str(name))}</text>{bars}'
    )


def _bar(step, y, scale, colors):
    left = scale.at(moment(step["started"]))
    finished = moment(step.get("finished"))
    width = max((scale.at(finished) if finished else WIDTH - RIGHT) - left, 1.5)
    name = str(step.get("step"))
    failed = step.get("status") == "failed"
    fill = "url(#failed)" if failed else colors[name]
    kind = "failed" if failed else "finished" if finished else "open"
    told = " | ".join(str(part) for part in (name, step.get("status"), duration(step.get("seconds")), step.get("detail")) if part)
    text = f"✕ {name}" if failed else name
    label = f'<text class="label" x="{left + 5:.1f}" y="{y + 14}">{html.escape(text)}</text>' if _fits(text, width - 8) else ""
    return (
        f'<g class="step {kind}"><title>{html.escape(told)}</title>'
        f'<rect x="{left:.1f}" y="{y}" width="{width:.1f}" height="{BAR}" rx="2" fill="{fill}"/>{label}</g>'
    )


def _fits(text, width):
    return len(text) * LETTER <= width
