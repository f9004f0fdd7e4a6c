"""Where the time of a window goes: the lines of the fast engine's table by kind, each kind run alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from lppn_np import LPPN
from lppn_np.bench.problem import Problem
from lppn_np.inference import Program, compile_program
from lppn_np.kernels import fused_table as table
from lppn_np.kernels.weaving import TAPS
from lppn_np.network import InvertedResidual, Network
from lppn_np.picking.pipeline import Settings, make_task
from lppn_np.picking.preprocess import added_code
from lppn_np.picking.samples import survey
from lppn_np.picking.stages import make_stage
from lppn_np.picking.windows import plan_windows

#: Kinds of lines, as they stand in the report: expansions and projections; filters of one channel;
#: convolutions with taps; both heads; linear interpolation of what taps make, or the interleaving after
#: nearest; even and odd columns apart, and zeros.
KINDS = ("pointwise", "depthwise", "dense", "heads", "upsampling", "strides, padding")
#: Before and after the network: from the record to windows, and from logits to candidates.
INPUT, DECODE = "input", "decode"


def kinds_of(program: Program, network: Network) -> NDArray[np.str_]:
    """Name the kind of every line of a program."""
    found = []
    for step, block in zip(program.steps[:, 0], program.blocks, strict=True):
        if step != table.MIX:
            moved = {table.FILTER: "depthwise", table.WEAVE: "upsampling", table.JOIN: "upsampling"}
            found.append(moved.get(int(step), "strides, padding"))
        elif block == "heads":
            found.append("heads")
        else:
            residual = isinstance(network.blocks[block], InvertedResidual)
            found.append("pointwise" if residual else "dense")
    return np.array(found)


def multiply_adds(steps: NDArray[np.int64]) -> int:
    """Count what some lines do, halos, combined taps and taps at the lower rate as they are done."""
    mix, filtered, woven = (steps[steps[:, 0] == kind] for kind in (table.MIX, table.FILTER, table.WEAVE))
    mixed = mix[:, 3] * mix[:, 5] * mix[:, 8]  # terms, outputs, columns
    single = filtered[:, 4] * filtered[:, 6] * filtered[:, 9]  # taps, rows, columns
    interpolated = 2 * TAPS * woven[:, 3] * woven[:, 8]  # rows, columns; two samples of each tap
    return int(mixed.sum() + single.sum() + interpolated.sum())


def parts(problem: Problem) -> dict[str, tuple[Callable[[], object], int]]:
    """What a window takes, by kind: a run of all windows of the problem, and multiply-adds of one."""
    model = problem.model
    n_windows, _, n_samples = problem.x.shape
    program = compile_program(model.network, model.tensors, n_samples)
    kinds = kinds_of(program, model.network)
    runs = {}
    for kind in KINDS:
        steps = np.ascontiguousarray(program.steps[kinds == kind])
        if len(steps):
            runs[kind] = (_alone(program, steps, n_windows), multiply_adds(steps))
    before, after = _around(model, n_windows, n_samples)
    return {INPUT: (before, 0), **runs, DECODE: (after, 0)}


def _alone(program: Program, steps: NDArray[np.int64], n_windows: int) -> Callable[[], object]:
    """Run some of the lines once a window, with weights of zero.

    A line's time does not depend on its numbers. But without the others, lines would work on what they wrote
    themselves, until it is infinite or denormal. Windows without samples and results without segments are not
    copied.
    """
    from lppn_np.kernels.fused import run_program

    nothing, no_offsets = np.empty((n_windows, 0, 0), np.float32), np.empty((n_windows, 0), np.float32)
    weights, arena = np.zeros_like(program.weights), program.new_arena()
    arguments = (nothing, no_offsets, nothing, steps, program.places, weights, arena, program.entry)
    return lambda: run_program(*arguments, program.scale, program.sigmoid)


def _around(model: LPPN, n_windows: int, n_samples: int) -> tuple[Callable[[], object], Callable[[], object]]:
    """From a record to the input of its windows, and from logits without an arrival to candidates."""
    overlap = n_samples // 3
    record = np.random.default_rng(2).normal(size=(3, overlap + n_windows * (n_samples - overlap)))
    samples = survey(record.astype(np.float32))
    windows = plan_windows(samples.n_samples, n_samples, overlap, 0)
    task = make_task(model, samples, windows, Settings(batch_size=n_windows).resolve(model))
    stage = make_stage("numba", replace(task, code=added_code(model.config, n_samples)))
    which = np.arange(n_windows)
    logits = np.zeros((n_windows, model.config.n_classes, n_samples // model.config.stride), np.float32)
    logits[:, 0] = 10.0
    offsets = np.zeros((n_windows, logits.shape[2]), np.float32)
    return lambda: stage.prepare(which), lambda: stage.decode(logits, offsets, which)
