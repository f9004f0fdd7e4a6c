"""Figures of single layers: a function draws one, its name is the file's."""

from __future__ import annotations

from typing import Any

import numpy as np
from drawing import GREY, RED, Earthquake, axes, heat, line, mark_picks
from matplotlib import pyplot as plt


def input(quake: Earthquake) -> Any:  # noqa: A001  # the page's name
    """Counts above, what the network sees below."""
    figure, rows = axes(6, 6)
    for i, component in enumerate(quake.model.component_order):
        line(rows[i, 0], quake.counts[i], quake.counts.shape[1], f"{component}\ncounts", GREY)
        line(rows[i + 3, 0], quake.x[0, i], quake.x.shape[2], f"{component}\ninput")
    mark_picks(rows, quake)
    return figure


def pointwise(quake: Earthquake) -> Any:
    """Weights beside some of the rows that they make of three components."""
    figure = plt.figure(figsize=(8, 4.5), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=[1, 4])
    weight = quake.tensor("features.0.expand.weight")
    ax = left.subplots()
    ax.imshow(weight, cmap="RdBu_r", vmin=-np.abs(weight).max(), vmax=np.abs(weight).max())
    ax.set_xticks(range(3), list(quake.model.component_order))
    ax.set_yticks(range(len(weight)), [f"out {o}" for o in range(len(weight))])
    for (o, c), value in np.ndenumerate(weight):
        colour = "white" if abs(value) > 0.5 * np.abs(weight).max() else "black"
        ax.text(c, o, f"{round(value, 1) + 0.0:.1f}", ha="center", va="center", fontsize=7, color=colour)
    rows = right.subplots(3 + len(weight), 1, sharex=True)
    for i, component in enumerate(quake.model.component_order):
        line(rows[i], quake.x[0, i], quake.x.shape[2], component, GREY)
    for o, row in enumerate(quake.rows("features.0.expand")):
        line(rows[3 + o], row, quake.x.shape[2], f"out {o}")
    for ax in rows:
        ax.set_yticks([])
    mark_picks(rows, quake)
    return figure


def depthwise(quake: Earthquake) -> Any:
    """Channels before and after their own three taps, with stride."""
    figure, rows = plt.subplots(
        4, 3, figsize=(8, 5), layout="constrained", gridspec_kw={"width_ratios": [4, 1, 4]}
    )
    weight = quake.tensor("features.0.depthwise.weight")
    strongest = np.argsort(-np.abs(quake.rows("features.0.depthwise")).max(axis=1))[:4]
    for ax, c in zip(rows, np.sort(strongest), strict=True):
        line(ax[0], quake.rows("features.0.expand_relu")[c], quake.x.shape[2], f"channel {c}", GREY)
        ax[1].bar(range(3), weight[c], color=RED)
        ax[1].axhline(0, color="black", linewidth=0.5)
        ax[1].set_xticks(range(3))
        ax[1].set_ylim(-np.abs(weight).max(), np.abs(weight).max())
        line(ax[2], quake.rows("features.0.depthwise")[c], quake.x.shape[2], "")
        ax[0].set_xlim(4, 7)
        ax[2].set_xlim(4, 7)
    for column, title in enumerate(("before (100 Hz)", "taps", "after (50 Hz)")):
        rows[0, column].set_title(title, fontsize=9)
    for column in (0, 2):
        rows[-1, column].set_xlabel("seconds")
    return figure


def dense_conv(quake: Earthquake) -> Any:
    """A dense convolution of the context, before and after."""
    name = f"receptive_field.{2 * quake.model.config.levels - 1}"
    figure, rows = axes(2, 5)
    heat(rows[0, 0], quake.rows(f"{name}.upsample"), quake.x.shape[2], "in\n(channels)")
    heat(rows[1, 0], quake.rows(f"{name}.conv"), quake.x.shape[2], "out\n(channels)")
    mark_picks(rows, quake)
    return figure


def batch_norm(quake: Earthquake) -> Any:
    """Distribution of every channel before and after."""
    figure, (before, after) = plt.subplots(1, 2, figsize=(8, 3.5), layout="constrained")
    name = "features.2.expand"
    for ax, values, title in (
        (before, quake.rows(name), "before: what the convolution gives"),
        (after, quake.rows(f"{name}_norm"), "after"),
    ):
        ax.boxplot(values.T, whis=(1, 99), showfliers=False, widths=0.6)
        ax.axhline(0, color="black", linewidth=0.5)
        ax.set_title(title, fontsize=9)
        ax.set_xlabel("channel")
        ax.set_xticks([1, len(values)], ["0", str(len(values) - 1)])
    return figure


def relu(quake: Earthquake) -> Any:
    """Three channels before and after."""
    figure, rows = axes(3, 4)
    before, after = quake.rows("features.1.expand_norm"), quake.rows("features.1.expand_relu")
    for ax, c in zip(rows[:, 0], np.argsort(-before.std(axis=1))[:3], strict=True):
        line(ax, before[c], quake.x.shape[2], "", GREY)
        line(ax, after[c], quake.x.shape[2], f"channel {c}\n(grey: before)")
    mark_picks(rows, quake)
    return figure
