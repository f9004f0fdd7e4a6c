"""A day, or any long record: one component line by line, and how many picks there are in each line."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np

from lppn_np.plotting.panel import Panel
from lppn_np.plotting.section import scaled
from lppn_np.plotting.style import COLOURS, WAVEFORM, bare, colour_of, new_figure, phase_legend
from lppn_np.provenance import mark

#: Seconds a line may have; the shortest that gives no more than so many lines.
_LENGTHS = (60, 300, 600, 1200, 1800, 3600, 7200, 21_600, 86_400)
_MOST_LINES = 30


def plot_day(panel: Panel) -> Any:
    """Draw a record line by line, with the number of picks of each line beside it.

    Parameters
    ----------
    panel : Panel

    Returns
    -------
    matplotlib.figure.Figure
    """
    first, length, n_lines = _lines(panel)
    figure = new_figure(11, 1.6 + 0.27 * n_lines)
    axis, rate = figure.subplots(1, 2, sharey=True, width_ratios=(4, 1))
    values = scaled(panel.vertical(), 0.97)
    seconds = panel.seconds + first
    for line in range(n_lines):
        begin, end = np.searchsorted(seconds, (line * length, (line + 1) * length))
        x = (seconds[begin:end] - line * length) / 60
        axis.plot(x, line - 0.5 * values[begin:end], color=WAVEFORM, linewidth=0.4, zorder=2)
    _draw_arrivals(axis, panel, first, length)
    _draw_rate(rate, panel, first, length, n_lines)
    axis.set_yticks(range(n_lines), [_line_name(panel, line, length) for line in range(n_lines)])
    axis.set_ylim(n_lines - 0.4, -0.6)
    axis.set_xlim(0, length / 60)
    axis.set_xlabel("minutes")
    for each in (axis, rate):
        bare(each)
    rate.tick_params(left=False, labelleft=False)
    day = "" if panel.start is None else f"  {panel.start:%Y-%m-%d}"
    figure.suptitle(panel.title + day)
    return mark(figure, panel.provenance)


def _lines(panel: Panel) -> tuple[float, int, int]:
    """Seconds from the start of the first line to the first sample, seconds a line, lines.

    Times are rounded to seconds: 2 ms before the hour are no line of their own.
    """
    for length in _LENGTHS:
        first = 0.0 if panel.start is None else round(panel.start.timestamp()) % length
        n_lines = max(1, int(-(-(first + round(panel.duration)) // length)))
        if n_lines <= _MOST_LINES:
            break
    return first, length, n_lines


def _line_name(panel: Panel, line: int, length: int) -> str:
    if panel.start is None:
        return f"{line * length:g} s"
    begin = round(panel.start.timestamp()) // length * length + line * length
    return f"{datetime.datetime.fromtimestamp(begin, datetime.UTC):%H:%M}"


def _draw_arrivals(axis: Any, panel: Panel, first: float, length: int) -> None:
    for time, phase, _ in panel.arrivals:
        line, within = divmod(first + time, length)
        axis.vlines(
            within / 60, line - 0.4, line + 0.4, color=colour_of(phase), linewidth=1.1, alpha=0.85, zorder=3
        )


def _draw_rate(axis: Any, panel: Panel, first: float, length: int, n_lines: int) -> None:
    left = np.zeros(n_lines)
    counts = {}
    for phase, colour in COLOURS.items():
        times = np.array([time for time, name, _ in panel.arrivals if name.startswith(phase)])
        lines = np.clip((first + times) // length, 0, n_lines - 1).astype(int)
        number = np.bincount(lines, minlength=n_lines)
        axis.barh(range(n_lines), number, 0.8, left, color=colour, alpha=0.8)
        left += number
        counts[phase] = int(number.sum())
    minutes = length / 60
    axis.set_xlabel("picks an hour" if minutes == 60 else f"picks in {minutes:g} minutes")
    axis.xaxis.get_major_locator().set_params(integer=True)
    phase_legend(axis, counts, loc="lower right", bbox_to_anchor=(1, 1), ncols=2)
