"""What cannot be picked is refused in words, and leaves nothing behind."""

import numpy as np
import pytest

import lppn_np

GOOD = np.random.default_rng(0).normal(size=(3, 400))


@pytest.fixture(scope="module")
def model():
    return lppn_np.LPPN(lppn_np.LPPNConfig(stride=16, features=1))


@pytest.fixture
def refused(model, tmp_path, monkeypatch):
    """``refused(match, data, ...)``: the call raises an LPPNError with these words and writes nothing."""
    monkeypatch.chdir(tmp_path)

    def check(match, data=GOOD, sampling_rate=100.0, **arguments):
        arguments = {"model": model, "engine": "numpy", **arguments}
        with pytest.raises(lppn_np.LPPNError, match=match) as caught:
            lppn_np.pick(data, sampling_rate, **arguments)
        assert isinstance(caught.value, ValueError)
        assert list(tmp_path.iterdir()) == []

    return check


def with_value(value, row=1, sample=37):
    data = GOOD.copy()
    data[row, sample] = value
    return data


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (GOOD[0], r"shape \(400,\).*fill the missing two with NaN"),
        (GOOD[:1], r"shape \(1, 400\).*fill the missing two with NaN"),
        (GOOD.T, r"shape \(400, 3\).*transposed"),
        (GOOD[:2], r"shape \(2, 400\); \(3, n_samples\) is expected$"),
        (np.zeros((4, 400)), r"shape \(4, 400\)"),
        (GOOD[None], r"shape \(1, 3, 400\)"),
        (np.zeros((3, 0)), "empty"),
        (np.zeros((0, 0)), r"shape \(0, 0\)"),
        ([], r"shape \(0,\)"),
        (np.float64(3), r"shape \(\)"),
        (None, "holds object"),
        (GOOD + 1j, "holds complex128"),
        (GOOD > 0, "holds bool"),
        (GOOD.astype(object), "holds object"),
        (GOOD.astype(str), "holds <U"),
        ([["1", "2"], ["3", "4"], ["5", "6"]], "holds <U"),
        (np.zeros((3, 5), "datetime64[s]"), "holds datetime64"),
        (np.zeros((3, 5), [("a", float)]), "holds "),
        ([[1.0, 2.0], [1.0], [1.0]], "not an array"),
        (GOOD * np.nan, "every sample is NaN"),
        (np.ma.masked_all((3, 50)), "every sample is NaN"),
        (with_value(np.inf), r"infinity \(component 1, sample 37\)"),
        (with_value(-np.inf, 2, 399), r"infinity \(component 2, sample 399\)"),
        (with_value(np.inf).astype(np.float32), r"infinity \(component 1, sample 37\)"),
    ],
)
def test_arrays(data, match, refused):
    refused(match, data)


def test_masked_infinity_is_a_gap(model):
    hidden = np.ma.masked_invalid(with_value(np.inf))
    assert isinstance(lppn_np.pick(hidden, model=model, engine="numpy"), lppn_np.PickList)


@pytest.mark.parametrize("rate", [0, -100.0, np.nan, np.inf, "abc", None, [100.0, 100.0], 1j, 10**400])
def test_no_sampling_rate(rate, refused):
    refused("positive number of Hz", sampling_rate=rate)


@pytest.mark.parametrize("rate", [50, 99.9, 100.1, 1e-300, True])
def test_another_sampling_rate(rate, refused):
    refused("model takes 100 Hz. Resample first", sampling_rate=rate)


def test_a_sampling_rate_that_was_rounded(model):
    assert lppn_np.pick(GOOD, 99.999999, model=model, engine="numpy") == lppn_np.pick(
        GOOD, 100, model=model, engine="numpy"
    )


@pytest.mark.parametrize("order", ["", "EN", "ENZZ", "EEZ", "Z12", "E N", None, 5, ["E", "N", "Z"]])
def test_component_order(order, refused):
    refused("permutation of 'ENZ'", component_order=order)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("P_threshold", [0, -0.1, 1.0001, 30, np.nan, "0.5", [0.5], 1j]),
        ("S_threshold", [0, 2, np.nan, "a"]),
        ("overlap", [-1, 3072, 4000, 0.5, "1024", np.nan, True]),
        ("blinding", [-1, 513, 0.5, "1"]),
        ("min_distance", [-1, np.nan, np.inf, "1", [1.0]]),
        ("batch_size", [0, -1, 2.5, None, "64"]),
        ("engine", ["torch", "", None, 3]),
        ("n_threads", [-1, 1.5, "2", None, True]),
        ("starttime", ["noon", np.nan, [1.0], True]),
        ("model", [None, 5, b"x.npz"]),
    ],
)
def test_arguments(name, values, refused):
    for value in values:
        refused(f"{name}.* is|{name} 'noon'", **{name: value})


def test_arguments_are_looked_at_where_nothing_is_computed(refused):
    silence = np.zeros((3, 400))
    refused("engine is 'torch'", silence, engine="torch")
    refused("n_threads is -1", silence, n_threads=-1)


def test_models_that_are_not_there(refused):
    refused("no bundled weights are called 'nope'", model="nope")
    refused("nope.npz: there is no such file", model="nope.npz")


@pytest.mark.parametrize("name", ["treshold", "p_threshold", "threshold", "sampling_rates", "phases"])
def test_unknown_keywords(name, model):
    with pytest.raises(TypeError, match=name):
        lppn_np.pick(GOOD, model=model, **{name: 0.5})


# ---------------------------------------------------------------- Streams


@pytest.mark.parametrize(
    "arguments", [{"sampling_rate": 50.0}, {"starttime": 0.0}, {"trace_id": "A"}], ids=lambda a: next(iter(a))
)
def test_a_stream_knows_itself(arguments, example_stream, refused):
    refused("a Stream knows its", example_stream, **arguments)


def test_streams(example_stream, refused):
    slow = example_stream.copy()
    for trace in slow:
        trace.stats.channel = "LH" + trace.stats.channel[-1]
        trace.stats.sampling_rate = 1.0
    refused(r"nothing that can be picked: BW\.RJOB\.LH: sampled at 1 Hz, at least 5 Hz", slow)
    spiky = example_stream.copy()
    spiky.select(component="N")[0].data[37] = np.inf
    refused(r"BW\.RJOB\..*infinity \(component 1, sample 37\)", spiky)
    refused("the stream is empty", type(slow)())


def test_a_dead_station_does_not_stop_the_others(example_stream, paper):
    dead = example_stream.copy()
    for trace in dead:
        trace.stats.station = "DEAD"
        trace.data = np.ma.masked_all(3000)
    expected = lppn_np.pick(example_stream, model=paper())
    assert len(expected) == 2
    assert lppn_np.pick(dead + example_stream, model=paper()) == expected
