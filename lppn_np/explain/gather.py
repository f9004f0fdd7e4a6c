"""What a page holds: the record, and for every model its weights and what it says of every window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.explain.blobs import pack
from lppn_np.explain.graph import describe_boxes, describe_steps
from lppn_np.kernels.reference_picking import DEAD_SHARE, window_input
from lppn_np.model import LPPN
from lppn_np.picking.pipeline import Settings, find_arrivals, gap_margin
from lppn_np.picking.preprocess import added_code, common_maximum
from lppn_np.picking.samples import Samples
from lppn_np.picking.windows import Windows, plan_windows
from lppn_np.provenance import Provenance

Array = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class NamedModel:
    """A model, what the page calls it, and how it picks.

    Attributes
    ----------
    name : str
    model : LPPN
    settings : Settings
        Resolved.
    """

    name: str
    model: LPPN
    settings: Settings


def describe_record(
    samples: Samples, sampling_rate: float, order: str, title: dict[str, Any]
) -> dict[str, Any]:
    """Return the three components for the page: float32 after each one's mean was taken away in float64.

    The network takes the mean of a window away as well, and an offset would use up the digits of a float32.
    """
    data = np.stack(samples.at(slice(None))).astype(np.float64)
    n_data = (~np.isnan(data)).sum(axis=1)
    means = np.nansum(data, axis=1) / np.maximum(n_data, 1)
    centred = data - means[:, None]
    # A record in m/s may lie below float32's smallest numbers: the page works in a unit of its own.
    largest = np.nanmax(np.abs(centred), initial=0.0)
    unit = 1.0 if 1e-30 < largest < 1e30 or largest == 0 else float(largest)
    return {
        **title,
        "sampling_rate": sampling_rate,
        "components": order,
        "n_samples": samples.n_samples,
        "means": means.tolist(),
        "unit": unit,
        "data": pack((centred / unit).astype(np.float32)),
    }


def describe_model(named: NamedModel, samples: Samples) -> dict[str, Any]:
    """Return a model for the page: configuration, network, weights, windows, logits, offsets, picks."""
    model, settings = named.model, named.settings
    config = model.config
    assert settings.overlap is not None
    assert settings.blinding is not None
    windows = plan_windows(samples.n_samples, model.in_samples, settings.overlap, settings.blinding)
    kept, logits, offsets = _outputs(model, samples, windows, settings)
    tensors = model.tensors
    flat = np.concatenate([tensor.reshape(-1) for tensor in tensors.values()])
    return {
        "name": named.name,
        "text": str(model),
        "docstring": model.weights_docstring,
        "provenance": Provenance.of(model, settings).to_dict(),
        "config": config.to_dict(),
        "labels": list(model.labels),
        "n_parameters": model.n_parameters,
        "multiply_adds": model.summary().multiply_adds,
        "common_maximum": common_maximum(config),
        "dead_share": DEAD_SHARE,
        "code": pack(np.array(added_code(config, model.in_samples))) if config.phase_code else None,
        "P_threshold": settings.P_threshold,
        "S_threshold": settings.S_threshold,
        "min_distance": settings.min_distance,
        "gap_margin": gap_margin(model),
        "window_starts": windows.starts.tolist(),
        "window_first": windows.first.tolist(),
        "window_stop": windows.stop.tolist(),
        "windows_kept": kept.tolist(),
        "logits": pack(logits),
        "offsets": pack(offsets),
        "steps": describe_steps(model.network, model.in_samples),
        "boxes": describe_boxes(model.network),
        "tensors": _table_of_tensors(tensors),
        "weights": pack(flat),
        "picks": _picks(named, samples),
    }


def _outputs(
    model: LPPN, samples: Samples, windows: Windows, settings: Settings
) -> tuple[NDArray[np.intp], Array, Array]:
    """Windows that hold a signal, and the network's answer to each."""
    rows = samples.at(slice(None))
    code = np.asarray(added_code(model.config, windows.length))
    x, kept = window_input(rows, windows.starts, windows.length, code, common_maximum(model.config))
    n_segments = windows.length // model.config.stride
    if not len(kept):
        return kept, *_nothing(model.config.n_classes, n_segments)
    logits, offsets = model.forward(x, settings.engine, settings.n_threads)
    return kept, logits.astype(np.float32), offsets.astype(np.float32)


def _nothing(n_classes: int, n_segments: int) -> tuple[Array, Array]:
    return np.empty((0, n_classes, n_segments), np.float32), np.empty((0, n_segments), np.float32)


def _table_of_tensors(tensors: dict[str, NDArray[Any]]) -> dict[str, dict[str, Any]]:
    """Where each tensor begins among all of them, and its shape."""
    table, first = {}, 0
    for name, tensor in tensors.items():
        table[name] = {"first": first, "shape": list(tensor.shape)}
        first += tensor.size
    return table


def _picks(named: NamedModel, samples: Samples) -> list[dict[str, Any]]:
    """What the package itself picks, for the page to compare its own with."""
    found = find_arrivals(named.model, samples, named.settings)
    labels = named.model.labels
    return [
        {"phase": labels[label], "time": time, "probability": probability}
        for label, time, probability in zip(
            found.label.tolist(), found.time.tolist(), found.probability.tolist(), strict=True
        )
    ]
