"""The page: what was gathered, put into the templates."""

from __future__ import annotations

import html
import importlib.resources
import json
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lppn_np import __version__
from lppn_np.errors import InputError
from lppn_np.explain.gather import NamedModel, describe_model, describe_record
from lppn_np.files import atomic_write
from lppn_np.model import LPPN
from lppn_np.picking.check import check_array, check_sampling_rate
from lppn_np.picking.pipeline import Settings

#: An hour at 100 Hz: a page of 6 MB. Beyond it nobody looks at single segments.
MAX_SAMPLES = 360_000

_SCRIPTS = (
    "data.js", "engine.js", "terms.js", "decode.js", "theme.js", "charts.js", "heat.js", "record.js",
    "segment.js", "segment-drawing.js", "network.js", "layer.js", "numbers.js", "compare.js", "main.js",
)  # fmt: skip


def build_page(
    data: Any,
    models: Mapping[str, LPPN],
    sampling_rate: float = 100.0,
    *,
    component_order: str = "ENZ",
    trace_id: str = "",
    starttime: str = "",
    notes: Sequence[str] = (),
    settings: Settings | None = None,
) -> str:
    """Return a self-contained HTML page that shows how models pick a record.

    Parameters
    ----------
    data : array_like, shape (3, n_samples)
        A record in any unit, NaN where there is no data; an hour at most.
    models : mapping of str to LPPN
        By the name that the page shows; the first is shown first.
    sampling_rate : float
        Hz; must be the models'.
    component_order : str
        What the rows are.
    trace_id, starttime : str
        Of the record, as the page shows them.
    notes : sequence of str
        What a reader should know about the record.
    settings : Settings, optional
        Thresholds and windows; what is None in it is each model's own. Stacking must be ``"max"``.

    Returns
    -------
    str
        HTML that needs no network and no other file.

    Raises
    ------
    LPPNError
        Input that cannot be used.

    Examples
    --------
    >>> import numpy as np, lppn_np
    >>> from lppn_np.explain import build_page
    >>> model = lppn_np.LPPN(lppn_np.LPPNConfig(stride=16, features=4))
    >>> record = np.random.default_rng(0).normal(size=(3, 3072))
    >>> build_page(record, {"untrained": model})[:15]
    '<!DOCTYPE html>'
    """
    if not models:
        raise InputError("no model is given; one or more are expected")
    settings = settings or Settings()
    if settings.stacking != "max":
        raise InputError(f"stacking is {settings.stacking!r}; a page decodes with 'max'")
    named = [NamedModel(name, model, settings.resolve(model)) for name, model in models.items()]
    order = named[0].model.component_order
    for entry in named:
        check_sampling_rate(sampling_rate, entry.model.sampling_rate)
    samples = check_array(data, component_order, order)
    if samples.n_samples > MAX_SAMPLES:
        raise InputError(
            f"the record has {samples.n_samples} samples; a page shows at most {MAX_SAMPLES}: cut a piece out"
        )
    title = {"trace_id": trace_id, "starttime": starttime, "notes": list(notes)}
    content = {
        "version": __version__,
        "record": describe_record(samples, sampling_rate, order, title),
        "models": [_in_order(entry, data, component_order) for entry in named],
    }
    return _fill(content, trace_id or "a record")


def write_page(path: str | os.PathLike[str], page: str) -> None:
    """Write a page of :func:`build_page` to a file.

    Raises
    ------
    InputError
        The file cannot be written.
    """
    atomic_write(Path(path), page.encode("utf-8"), InputError)


def _in_order(entry: NamedModel, data: Any, component_order: str) -> dict[str, Any]:
    """Describe a model, which takes the rows in its own order."""
    samples = check_array(data, component_order, entry.model.component_order)
    return describe_model(entry, samples)


def _fill(content: dict[str, Any], subject: str) -> str:
    # "</script>" in a station's name must not end the data.
    data = json.dumps(content, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")
    licence = _read("uPlot.LICENSE").strip()
    parts = {
        "title": html.escape(f"How LPPN picks {subject}"),
        "version": html.escape(__version__),
        "style": _read("uPlot.min.css") + "\n" + _read("style.css"),
        "uplot": f"/*\nuPlot\n\n{licence}\n*/\n{_read('uPlot.iife.min.js')}",
        "licence": html.escape(licence),
        "scripts": "\n".join(_read(name) for name in _SCRIPTS),
        "data": data,
    }
    # In one pass: what is put in is not looked through again.
    return re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], _read("page.html"))


def _read(name: str) -> str:
    return (importlib.resources.files("lppn_np.explain") / "template" / name).read_text("utf-8")
