"""A calendar as an SVG picture: a row an instrument, a column a day, or a month where days are too many."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Mapping
from html import escape

_CELL, _LEFT, _TOP = 12, 130, 34
_MOST_DAYS, _MOST_ROWS = 400, 2000
#: From little to much; the least is still told apart from white, "no file".
_COLOURS = ("#deebf7", "#c6dbef", "#9ecae1", "#6baed6", "#4292c6", "#2171b5", "#08519c", "#08306b")

Values = Mapping[tuple[str, datetime.date], float]


def calendar(values: Values, kind: str) -> str:
    """Draw values by instrument and day.

    Parameters
    ----------
    values : mapping of (str, date) to float
        Nothing is drawn where there is no value.
    kind : {"coverage", "picks"}
        Shares, shown as per cent on a scale up to 1; or counts, up to the largest.
    """
    if not values:
        return "<p>Nothing yet.</p>"
    monthly = len({day for _, day in values}) > _MOST_DAYS
    cells = _means(values, monthly)
    names = sorted({name for name, _ in cells})
    columns = _columns(sorted({start for _, start in cells}), monthly)
    place = {start: i for i, start in enumerate(columns)}
    top = 1.0 if kind == "coverage" else max([1.0, *cells.values()])
    shown = names[:_MOST_ROWS]
    row = {name: i for i, name in enumerate(shown)}
    parts = [_text(_LEFT + _CELL * i, 14, label) for i, label in _labels(columns, monthly)]
    parts += [_text(0, _TOP + _CELL * i + 10, name) for name, i in row.items()]
    for (name, start), value in cells.items():
        if name in row:
            title = f"{name} {start:%Y-%m}" if monthly else f"{name} {start}"
            what = f"{value:.1%}" if kind == "coverage" else f"{value:,.0f}"
            parts.append(_cell(place[start], row[name], value / top, f"{title}: {what}"))
    width, height = _LEFT + _CELL * len(columns) + 40, _TOP + _CELL * len(shown) + 4
    more = (
        f"<p>{len(names) - len(shown):,} more instruments are not drawn.</p>" if names[len(shown) :] else ""
    )
    legend = f"<p>Darkest: {'the whole day' if kind == 'coverage' else f'{top:,.0f} picks a day'}."
    legend += " A column is a month, its mean." if monthly else ""
    return (
        f"{legend}</p><div class=wide><svg width={width} height={height} role=img"
        f' aria-label="calendar of {escape(kind)}">{"".join(parts)}</svg></div>{more}'
    )


def _means(values: Values, monthly: bool) -> dict[tuple[str, datetime.date], float]:
    if not monthly:
        return dict(values)
    months: dict[tuple[str, datetime.date], list[float]] = defaultdict(list)
    for (name, day), value in values.items():
        months[name, day.replace(day=1)].append(value)
    return {key: sum(group) / len(group) for key, group in months.items()}


def _columns(starts: list[datetime.date], monthly: bool) -> list[datetime.date]:
    """All days or months from the first to the last; only those with values where that would be very wide."""
    if monthly:
        return starts
    span = (starts[-1] - starts[0]).days + 1
    if span > 2 * _MOST_DAYS:
        return starts
    return [starts[0] + datetime.timedelta(days=i) for i in range(span)]


def _labels(columns: list[datetime.date], monthly: bool) -> list[tuple[int, str]]:
    """Months over days, years over months; never so close that they overlap."""
    labels: list[tuple[int, str]] = []
    last = ""
    for i, start in enumerate(columns):
        label = f"{start:%Y}" if monthly else f"{start:%Y-%m}"
        if label != last and (not labels or (i - labels[-1][0]) * _CELL >= 50):
            labels.append((i, label))
        last = label
    return labels


def _cell(column: int, row: int, share: float, title: str) -> str:
    colour = _COLOURS[min(len(_COLOURS) - 1, max(0, int(share * len(_COLOURS))))]
    x, y, size = _LEFT + _CELL * column, _TOP + _CELL * row, _CELL - 1
    return (
        f'<rect x={x} y={y} width={size} height={size} fill="{colour}"><title>{escape(title)}</title></rect>'
    )


def _text(x: int, y: int, text: str) -> str:
    return f"<text x={x} y={y}>{escape(text)}</text>"
