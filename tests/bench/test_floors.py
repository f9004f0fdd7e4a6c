"""Goals: which are missed, and the share of the peak that each takes."""

import pytest

from lppn_np.bench import floors

HEADLINE = "lppn-np numba"


def figures(ours=0.010, onnx=0.012, eager=0.050, threads=1):
    """One network of 0.3 GFLOP, in which we do 10 % more, and its seconds, on cores of 40 GFLOP/s."""
    contenders = {HEADLINE: ours, "ONNX Runtime": onnx, "PyTorch eager": eager}
    row = {
        "network": "S=16 n=8",
        "threads": threads,
        "multiply_adds": 0.15e9,
        "contenders": {name: {"median": value} for name, value in contenders.items()},
        "ratios": {name: {"median": value / ours} for name, value in contenders.items() if name != HEADLINE},
    }
    network = {
        "network": "S=16 n=8", "variant": "paper", "features": 8, "peak_gflops": 40.0,
        "nominal": 100, "done": 110,
        "engines": {HEADLINE: {"share": {"median": 0.75}}},
    }  # fmt: skip
    return {
        "forward": [row],
        "roofline": {"networks": [network], "peaks": {"1": 40.0, "2": 80.0}, "growth": []},
    }


def test_shares_of_a_missed_goal():
    verdicts = floors.judge(figures())
    eager, onnx, share = verdicts
    assert (eager.peer, eager.met) == ("PyTorch eager", True)
    assert (share.peer, share.met) == ("the peak", True)
    assert not onnx.met
    assert (onnx.floor, onnx.reached) == (1.5, pytest.approx(1.2))
    assert onnx.share == pytest.approx(1.1 * 0.3 / 0.010 / 40)  # what we do
    assert onnx.peer_share == pytest.approx(0.3 / 0.012 / 40)  # what the layers say
    # At that share of the peak our time would be the peer's over the goal.
    assert 1.1 * 0.3 / (onnx.needed * 40) == pytest.approx(0.012 / 1.5)


def test_two_threads_have_the_peak_of_two_cores():
    one, two = floors.judge(figures())[1], floors.judge(figures(threads=2))[1]
    assert two.share == pytest.approx(one.share / 2)


def test_without_a_peak_there_are_no_shares():
    verdicts = floors.judge({"forward": figures()["forward"]})
    assert [verdict.met for verdict in verdicts] == [True, False]
    assert all(verdict.share is None and verdict.needed is None for verdict in verdicts)


def test_section():
    text = floors.section(figures())
    assert "2 of 3 goals" in text
    assert "S=16 n=8, 1 thread" in text
    assert "103 %" in text  # 82.5 % times 1.5 / 1.2
    assert "1 of the 1 missed goals take more than the whole peak" in text
    assert floors.section(figures(onnx=0.015)).startswith("3 of 3 goals")


def test_a_long_record():
    found = figures()
    found["day"] = [
        {
            "threads": 1,
            "multiply_adds": {"S=16 n=8": 15e9},
            "contenders": {f"{HEADLINE} S=16 n=8": {"median": 1.0}},
            "ratios": {"S=16 n=8": {"obspy STA/LTA": {"median": 0.3}}},
        }
    ]
    verdict = next(v for v in floors.judge(found) if v.peer == "obspy STA/LTA")
    assert verdict.share == pytest.approx(1.1 * 30 / 40)
    assert verdict.needed == pytest.approx(verdict.share * 0.4 / 0.3)
    assert verdict.peer_share is None
