"""Figures of blocks, heads, network and training: a function draws one, its name is the file's."""

from __future__ import annotations

from typing import Any

import numpy as np
from drawing import BLUE, GREY, RATE, RED, SHOWN, Earthquake, axes, heat, line, mark_picks
from matplotlib import pyplot as plt

from lppn_np.kernels import reference
from lppn_np.plotting.style import colour_of


def inverted_residual(quake: Earthquake) -> Any:
    """The signals inside one block."""
    steps = ("input", "expand_relu", "depthwise_relu", "project_norm", "add")
    names = ["features.1.project_norm", *(f"features.2.{step}" for step in steps[1:])]
    names = [name for name in names if name in quake.kept]
    figure, rows = axes(len(names), 6)
    for ax, name in zip(rows[:, 0], names, strict=True):
        heat(ax, quake.rows(name), quake.x.shape[2], f"{name}\n{len(quake.rows(name))} channels")
    mark_picks(rows, quake)
    return figure


def upsampling(quake: Earthquake) -> Any:
    """One channel of the context between its samples."""
    name = f"receptive_field.{2 * quake.model.config.levels - 1}.upsample"
    coarse = quake.rows(f"receptive_field.{2 * quake.model.config.levels - 2}.relu")
    shown = int(SHOWN * RATE / quake.x.shape[2] * coarse.shape[1])
    c = int(np.argmax(coarse[:, :shown].std(axis=1)))
    figure, rows = axes(1, 3)
    n = coarse.shape[1]
    ends = (n - 1) * np.arange(2 * n) / (2 * n - 1)  # where outputs stand, in inputs
    step = quake.x.shape[2] / n / RATE
    nearest = reference.upsample_nearest(coarse[None, c : c + 1])[0, 0]
    ax = rows[0, 0]
    ax.step(np.arange(2 * n) * step / 2, nearest, where="post", color=GREY, label="nearest")
    ax.plot(ends * step, quake.rows(name)[c], ".-", color=BLUE, markersize=5, linewidth=0.8, label="linear")
    ax.plot(np.arange(n) * step, coarse[c], "o", color=RED, fillstyle="none", label="input")
    ax.set_xlim(0, SHOWN)
    ax.set_xlabel("seconds (input i at i times its step)")
    ax.legend(fontsize=8)
    return figure


def heads(quake: Earthquake) -> Any:
    """Segments around the arrivals, their classes and the offsets that make the picks, as in the paper."""
    figure, rows = axes(3, 5, [3, 1, 1])
    stride, n_samples = quake.model.config.stride, quake.x.shape[2]
    probability = reference.softmax(quake.kept["class_head"])[0]
    offset = quake.rows("offset")[0]
    line(rows[0, 0], quake.x[0, 2], n_samples, "Z", GREY)
    starts = np.arange(len(offset)) * stride / RATE
    for i, phase in ((1, "P"), (2, "S")):
        colour = colour_of(phase)
        ax = rows[i, 0]
        ax.bar(starts, probability[i], stride / RATE, align="edge", color=colour, alpha=0.5, edgecolor=colour)
        ax.set_ylim(0, 1)
        ax.set_ylabel(f"probability\nof {phase}", rotation=0, ha="right", va="center", fontsize=9)
        best = int(np.argmax(probability[i]))
        arrival = starts[best] + offset[best] / RATE
        rows[0, 0].axvspan(starts[best], starts[best] + stride / RATE, color=colour, alpha=0.2)
        rows[0, 0].axvline(arrival, color=colour)
        rows[0, 0].annotate(
            f"{phase}: segment {best}, starts {starts[best]:.2f} s,\n"
            f"offset {offset[best]:.1f} samples -> {arrival:.2f} s",
            (arrival, -0.95),
            (arrival + 0.2, -0.95),
            fontsize=8,
            va="bottom",
            color=colour,
        )
    rows[0, 0].set_xlim(4, 7)
    rows[-1, 0].set_xlabel("seconds")
    return figure


def network(quake: Earthquake) -> Any:
    """The output of every block, one above the other."""
    blocks: dict[str, str] = {}
    for step in quake.model.network.steps:  # the last step of a block stays
        blocks[".".join(step.name.split(".")[:2])] = step.name
    names = [blocks[block] for block in blocks if block.startswith(("features", "receptive"))]
    figure, rows = axes(1 + len(names), 0.62 * (1 + len(names)))
    line(rows[0, 0], quake.x[0, 2], quake.x.shape[2], "input, Z", GREY)
    for ax, name in zip(rows[1:, 0], names, strict=True):
        values = quake.rows(name)
        heat(ax, values, quake.x.shape[2], f"{name.rsplit('.', 1)[0]}\n{values.shape[0]} x {values.shape[1]}")
    mark_picks(rows, quake)
    return figure


def loss(_: Earthquake) -> Any:
    """The two terms as functions of what the network says."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
    probability = np.linspace(0.005, 1, 200)
    left.plot(probability, -np.log(probability), color=BLUE)
    left.set_xlabel("probability of the true class")
    left.set_title("cross-entropy of a segment", fontsize=9)
    error = np.linspace(-10, 10, 201)
    right.plot(error, error**2 / 10, color=BLUE)
    right.set_xlabel("error of the offset in samples")
    right.set_title("1/10 of the squared error", fontsize=9)
    return figure


def one_step(_: Earthquake) -> Any:
    """The two-layer network of docs/by-hand/one-step.md: loss against the length of the first step."""
    x, target = np.array([[[1.0, 2.0], [2.0, 0.0]]]), np.array([[[1.0, 0.0]]])
    first, second = np.array([[0.5, 0.25], [-0.5, 0.5]]), np.array([[0.5, -1.0]])
    z = reference.pointwise(x, first)
    h = reference.relu(z)
    dy = 2 * (reference.pointwise(h, second) - target)
    dsecond = reference.pointwise_dweight(dy, h)
    dz = reference.relu_dinput(reference.pointwise_dinput(dy, second), z)
    dfirst = reference.pointwise_dweight(dz, x)

    def loss_after(rate: float) -> float:
        hidden = reference.relu(reference.pointwise(x, first - rate * dfirst))
        return float(((reference.pointwise(hidden, second - rate * dsecond) - target) ** 2).sum())

    start, slope = loss_after(0.0), -float((dfirst**2).sum() + (dsecond**2).sum())
    rates = np.linspace(0, 0.2, 400)
    figure, ax = plt.subplots(figsize=(8, 3), layout="constrained")
    ax.plot(rates, [loss_after(rate) for rate in rates], color=BLUE, label="loss after one step")
    near = rates[rates <= -start / slope]
    ax.plot(
        near, start + slope * near, color=GREY, linestyle="--", label="tangent: - rate times |gradient|^2"
    )
    ax.plot([0, 0.04], [start, loss_after(0.04)], "o", color=RED)
    ax.set_xlabel("learning rate (red: before the step, and after it with 0.04)")
    ax.set_ylabel("loss")
    ax.legend(fontsize=8)
    return figure
