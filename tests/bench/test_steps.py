"""Where the time goes: every line of a program has one kind, and no multiply-add is lost."""

import numpy as np
import pytest

from lppn_np.bench import steps
from lppn_np.bench.problem import Case, make_problem
from lppn_np.inference import compile_program
from lppn_np.kernels import fused_table as table


def program_of(case, n_samples=3072):
    model = case.model()
    return compile_program(model.network, model.tensors, n_samples), model


def counted(program, model):
    kinds = steps.kinds_of(program, model.network)
    assert set(kinds) <= set(steps.KINDS)
    return {kind: steps.multiply_adds(program.steps[kinds == kind]) for kind in steps.KINDS}


@pytest.mark.parametrize("case", [Case("paper", 16, 4), Case("deep", 16, 8)])
def test_kinds_are_those_of_the_layers(case):
    program, model = program_of(case)
    expected = dict.fromkeys(steps.KINDS, 0)
    shapes = model.network.activation_shapes(3072)
    for step in model.network.steps:
        kind = {"Pointwise": "pointwise", "Depthwise": "depthwise", "DenseConv": "dense"}.get(
            type(step.op).__name__
        )
        if kind:
            expected["heads" if step.name.endswith("_head") else kind] += step.op.multiply_adds(
                shapes[step.name]
            )
        if type(step.op).__name__ == "DenseConv":  # five taps a sample are interpolated
            expected["upsampling"] += 5 * int(np.prod(shapes[step.name]))
    expected["dense"] //= 2  # all dense convolutions stand behind linear upsampling: taps come before it
    counts = counted(program, model)
    for kind, count in expected.items():
        assert count <= counts[kind] <= 1.1 * count, kind  # a tile's halo is computed twice
    assert sum(counts.values()) == steps.multiply_adds(program.steps)


def test_a_network_with_one_ordinary_convolution():
    counts = counted(*program_of(Case("medium", 8, 8)))
    assert 0 < counts["dense"] < 0.1 * counts["pointwise"]


def test_a_convolution_counts_terms_outputs_and_columns():
    lines = np.zeros((4, table.FIELDS), np.int64)
    lines[0, [0, 3, 5, 8]] = table.MIX, 7, 5, 11
    lines[1, [0, 4, 6, 9]] = table.FILTER, 3, 2, 13
    lines[2, [0, 3, 8]] = table.WEAVE, 4, 17  # five taps for each of two samples
    lines[3] = 99  # none of them: a line of another kind
    assert steps.multiply_adds(lines) == 7 * 5 * 11 + 3 * 2 * 13 + 10 * 4 * 17


@pytest.mark.parametrize("case", [Case("paper", 16, 4), Case("large", 8, 16)])
def test_all_parts_run(case):
    problem = make_problem(case, threads=1, n_windows=2, n_samples=1024)
    parts = steps.parts(problem)
    assert next(iter(parts)) == steps.INPUT
    assert next(reversed(parts)) == steps.DECODE
    assert ("depthwise" in parts) == (case.variant != "large")
    for run, _ in parts.values():
        run()
    program, _ = program_of(case, 1024)
    assert sum(count for _, count in parts.values()) == steps.multiply_adds(program.steps)


def test_lines_alone_write_nothing_but_zeros():
    """Weights of zero: what lines leave behind for themselves does not grow."""
    program, model = program_of(Case("paper", 16, 4), 1024)
    arenas = []
    steps_of_one = program.steps[steps.kinds_of(program, model.network) == "pointwise"]

    class Kept(type(program)):
        def new_arena(self):
            arenas.append(super().new_arena())
            return arenas[-1]

    kept = Kept(**vars(program))
    steps._alone(kept, np.ascontiguousarray(steps_of_one), 3)()
    assert not arenas[0].any()
