"""The figures of a model card: what counts as found, and which pictures are shown."""

import numpy as np
import pytest

from lppn_np.bench.gallery import choose
from lppn_np.bench.quality_continuous import near
from lppn_np.data import Entry
from lppn_np.evaluation.observe import Observation


def test_near_is_inclusive_and_has_nothing_near_nothing():
    times, others = np.array([1.0, 5.0, 9.0]), np.array([1.5, 9.6])
    assert near(times, others, 0.5).tolist() == [True, False, False]
    assert near(times, np.empty(0), 0.5).tolist() == [False] * 3
    assert near(np.empty(0), others, 0.5).tolist() == []


def observation(name, snr, picks, noise=False):
    """P labelled at sample 1000, S nowhere; picks are (sample, probability) of P."""
    entry = Entry(name, "test", noise, None if noise else 1000.0, None, "XX.STA", name, snr, None, "here")
    labels = {"P": () if noise else (1000.0,), "S": ()}
    samples, probability = np.array(picks, float).reshape(-1, 2).T
    return Observation(
        0, entry, 0.01, 0, 3072, labels, {"P": (samples, probability), "S": (samples[:0],) * 2}
    )


def test_pictures_are_chosen_by_the_rule():
    seen = [
        observation("weak and found", 3.0, [(1010, 0.4)]),
        observation("weak and missed", 1.0, []),
        observation("strong and missed", 20.0, [(1400, 0.6)]),
        observation("strong and found", 30.0, [(1000, 0.9)]),
        observation("noise", None, [(50, 0.7)], noise=True),
    ]
    titles = ("strongest", "middle", "weakest found", "strongest missed", "most probable false pick")
    chosen = {example.title: example.observation.entry.name for example in choose(seen, titles, 100.0)}
    assert chosen == {
        "strongest": "strong and found",
        "middle": "strong and missed",
        "weakest found": "weak and found",
        "strongest missed": "strong and missed",
        "most probable false pick": "noise",
    }


def test_what_does_not_exist_is_left_out():
    seen = [observation("found", 3.0, [(1010, 0.4)])]
    titles = [example.title for example in choose(seen, ("strongest missed", "weakest found"), 100.0)]
    assert titles == ["weakest found"]


def test_sequence_and_quiet_stations(shared_data):
    pytest.importorskip("obspy")
    import lppn_np
    from lppn_np.bench.quality_continuous import quiet, sequence

    model = lppn_np.LPPN.from_pretrained()
    recall = sequence(model, shared_data("continuous", "ridgecrest"))
    assert recall["P"] > 0.8
    assert recall["picks"] > 406 * recall["P"] / 2
    figures = quiet(model, shared_data("continuous", "sthelens"))
    assert figures["hours"] == pytest.approx(8, abs=0.01)
    assert 0 <= figures["found"] <= figures["visible"] <= 4
    assert figures["unconfirmed_per_hour"] < 3
