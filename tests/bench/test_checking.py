"""Nothing wrong is timed: the check of the contenders must be able to fail."""

import numpy as np
import pytest

from lppn_np.bench.checking import check_all, compare
from lppn_np.bench.contenders import line_up
from lppn_np.bench.problem import Case, make_problem
from lppn_np.bench.torch_contenders import LeftOut


@pytest.fixture(scope="module")
def problem():
    return make_problem(Case("paper", 64, 4), threads=1, n_windows=2, n_samples=1024)


def wrong_by(share):
    def build(problem):
        logits, offsets = problem.model.forward(problem.x, "numpy")
        return lambda: (logits + share * abs(logits).max(), offsets)

    return build


def left_out(problem):
    raise LeftOut("not here")


def test_a_wrong_contender_does_not_pass(problem):
    table = {
        "right": wrong_by(0.0),
        "slightly wrong": wrong_by(1e-4),
        "absent": left_out,
        "broken": lambda p: p.no,
    }
    lineup = line_up(problem, table)
    assert list(lineup.ready) == ["right", "slightly wrong"]
    assert lineup.left_out == {"absent": "not here"}
    assert "AttributeError" in lineup.failed["broken"]
    checks = check_all(problem, lineup.ready)
    assert checks["right"].passed
    assert not checks["slightly wrong"].passed
    assert checks["slightly wrong"].logits == pytest.approx(1e-4, rel=0.1)


def test_our_engines_pass(problem):
    lineup = line_up(problem, _ours())
    assert all(check.passed for check in check_all(problem, lineup.ready).values())


def _ours():
    from lppn_np.bench.contenders import CONTENDERS, OURS

    ours = {name: build for name, build in CONTENDERS.items() if name.startswith(OURS)}
    assert len(ours) == 3
    return ours


@pytest.mark.parametrize("broken", [np.full((1, 3, 4), np.nan), np.zeros((1, 3, 5))])
def test_a_nan_and_a_wrong_shape_do_not_pass(broken):
    expected = np.ones((1, 3, 4)), np.ones((1, 4))
    assert compare(expected, expected, 1e-5).passed
    assert not compare((broken, expected[1]), expected, 1e-5).passed


def test_the_bound_is_widened_only_where_somebody_needs_it(problem, monkeypatch):
    from lppn_np.bench import checking

    monkeypatch.setattr(checking, "own_rounding", lambda problem: 1e-3)
    right, wrong = ({"x": wrong_by(share)(problem)} for share in (0.0, 1e-4))
    assert check_all(problem, right)["x"].bound == checking.BOUND
    assert check_all(problem, wrong)["x"].bound == 3e-3
