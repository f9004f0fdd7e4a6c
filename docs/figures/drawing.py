"""What the figures of docs/by-hand share: the earthquake in the network, rows and heat maps along time."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import numpy as np
import obspy

import lppn_np
from lppn_np.picking.preprocess import network_input

mpl.use("Agg")
from matplotlib import pyplot as plt

RATE = 100.0
SHOWN = 12.0  # seconds of the record that figures show; the arrivals are at 4.7 and 5.7 s
BLUE, RED, GREY = "#1f5fa8", "#c0392b", "#888888"


class Earthquake:
    """The record, as counts and as the network sees it, and every activation."""

    def __init__(self) -> None:
        self.model = lppn_np.LPPN.from_pretrained("paper")
        stream = obspy.read()
        record = np.stack([stream.select(component=c)[0].data for c in self.model.component_order])
        step = 2**self.model.config.levels * self.model.config.stride
        self.counts = record[:, : record.shape[1] // step * step].astype(np.float64)
        self.x = network_input(self.counts[None], self.model.config)
        self.kept = self.model.trace(self.x, "numpy")
        self.picks = {
            pick.phase: pick.peak_time for pick in lppn_np.pick(record, model=self.model, engine="numpy")
        }

    def rows(self, name: str) -> Any:
        """Activation (C, T) of the one window."""
        return self.kept[name][0]

    def tensor(self, name: str) -> Any:
        """A weight by name."""
        return self.model.tensors[name]


def axes(n_rows: int, height: float, ratios: list[float] | None = None) -> tuple[Any, Any]:
    """Rows that share the time axis."""
    return plt.subplots(
        n_rows, 1, figsize=(8, height), sharex=True, layout="constrained", height_ratios=ratios, squeeze=False
    )


def seconds(row: Any, n_samples: int) -> Any:
    """Times of the values of an activation row within a window of ``n_samples``."""
    return np.arange(len(row)) * (n_samples / len(row)) / RATE


def line(ax: Any, row: Any, n_samples: int, label: str, colour: str = BLUE, **options: Any) -> None:
    """One row against time, its name on the left."""
    ax.plot(seconds(row, n_samples), row, color=colour, linewidth=0.8, **options)
    ax.set_ylabel(label, rotation=0, ha="right", va="center", fontsize=9)
    ax.set_xlim(0, SHOWN)


def heat(ax: Any, rows: Any, n_samples: int, label: str) -> None:
    """Rows (C, T) as colours, each value at its time; white is zero."""
    largest = np.quantile(np.abs(rows), 0.995)
    ax.imshow(
        rows,
        aspect="auto",
        cmap="RdBu_r",
        vmin=-largest,
        vmax=largest,
        interpolation="nearest",
        extent=(0, n_samples / RATE, len(rows) - 0.5, -0.5),
    )
    ax.set_ylabel(label, rotation=0, ha="right", va="center", fontsize=9)
    ax.set_yticks([])
    ax.set_xlim(0, SHOWN)


def mark_picks(figure_axes: Any, quake: Earthquake) -> None:
    """Draw the picks through all rows, and name the time axis."""
    for ax in np.ravel(figure_axes):
        for phase, colour in (("P", RED), ("S", "black")):
            if phase in quake.picks:
                ax.axvline(quake.picks[phase], color=colour, linewidth=0.8)
    np.ravel(figure_axes)[-1].set_xlabel("seconds (red: P pick, black: S pick)")
