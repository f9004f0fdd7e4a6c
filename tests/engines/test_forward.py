"""What forward promises: the result depends on the window alone, and what cannot work is refused."""

import numpy as np
import pytest

from lppn_np import ConfigError, InputError
from lppn_np.engines import get_engine

ENGINES = ("numpy", "layers", "numba")
SMALL_NETWORKS = [("paper", 8, 3), ("paper", 128, 4), ("tiny", 8, 4), ("large", 8, 16)]


@pytest.fixture(scope="module")
def model(lively_model):
    return lively_model("paper", 16, 4)


def assert_same(results, expected):
    for got, wanted in zip(results, expected, strict=True):
        np.testing.assert_array_equal(got, wanted)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("variant", "stride", "features"), SMALL_NETWORKS)
def test_a_window_gives_the_same_bits_in_any_batch(lively_model, windows, variant, stride, features, dtype):
    model = lively_model(variant, stride, features)
    x = windows(model, 6, 3, dtype)
    logits, offsets = model.forward(x)
    for i in range(len(x)):
        assert_same(model.forward(x[i : i + 1]), (logits[i : i + 1], offsets[i : i + 1]))
    assert_same(model.forward(x[::-1]), (logits[::-1], offsets[::-1]))


@pytest.mark.parametrize("n_threads", [0, 2, 5])
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("n_windows", [1, 4, 11])
def test_threads_do_not_change_a_bit(model, windows, engine, n_windows, n_threads):
    x = windows(model, n_windows, 3)
    assert_same(model.forward(x, engine, n_threads), model.forward(x, engine, 1))


@pytest.mark.parametrize("n_threads", [0, 1, 5])
def test_threads_do_not_split_the_statistics_of_a_batch(model, windows, n_threads):
    x = windows(model, 6, 3)
    traced = model.trace(x, batch_statistics=True)
    logits, offsets = model.forward(x, n_threads=n_threads, batch_statistics=True)
    assert_same((logits, offsets), (traced["class_head"], traced["offset"][:, 0]))


@pytest.mark.parametrize("engine", ENGINES)
def test_windows_depend_on_each_other_with_the_statistics_of_the_batch_only(model, windows, engine):
    x = windows(model, 3, 3)
    others = np.concatenate([x[:1], 2 * x[1:]])
    with_others = model.forward(others, engine, batch_statistics=True)[0][0]
    assert abs(with_others - model.forward(x, engine, batch_statistics=True)[0][0]).max() > 1e-3
    np.testing.assert_array_equal(model.forward(others, engine)[0][0], model.forward(x, engine)[0][0])


@pytest.mark.parametrize("engine", ENGINES)
def test_input_is_left_alone_and_may_be_a_view(model, windows, engine):
    x = windows(model, 2, 3)
    expected = model.forward(x, engine)
    columns = np.asfortranarray(x)
    every_other = np.full((4, 3, 2 * x.shape[2]), np.nan, np.float32)[::2, :, ::2]
    every_other[:] = x
    read_only = x.copy()
    read_only.flags.writeable = False
    for view in (columns, every_other, read_only):
        assert_same(model.forward(view, engine), expected)
        np.testing.assert_array_equal(view, x)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_results_keep_the_dtype(model, windows, engine, dtype):
    logits, offsets = model.forward(windows(model, 2, 2, dtype), engine)
    assert logits.dtype == offsets.dtype == dtype
    assert logits.shape == (2, 3, 16)
    assert offsets.shape == (2, 16)


@pytest.mark.parametrize("engine", ["torch", "Numba", "", None])
def test_unknown_engine(model, windows, engine):
    with pytest.raises(InputError, match=r"expected one of \('numba', 'layers', 'numpy'\)"):
        model.forward(windows(model), engine)
    with pytest.raises(InputError, match="engine is"):
        get_engine(engine)


@pytest.mark.parametrize("n_threads", [-1, 1.0, True, None, "2"])
def test_wrong_number_of_threads(model, windows, n_threads):
    with pytest.raises(InputError, match=r"n_threads is .* a whole number >= 0"):
        model.forward(windows(model), n_threads=n_threads)


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((1, 3, 128), np.float16),
        np.zeros((1, 3, 128), np.int64),
        np.zeros((1, 3, 128), complex),
        np.zeros((1, 3, 128), ">f4" if np.little_endian else "<f4"),
        [[[0.0] * 128] * 3],
    ],
    ids=["float16", "int64", "complex", "foreign bytes", "list"],
)
def test_wrong_dtype(model, wrong):
    with pytest.raises(InputError, match="a float32 or float64 array"):
        model.forward(wrong)


@pytest.mark.parametrize("shape", [(3, 128), (0, 3, 128), (1, 2, 128), (1, 128, 3), (1, 1, 3, 128), ()])
def test_wrong_shape(model, shape):
    with pytest.raises(InputError, match=r"x has shape .*\(windows, 3, samples\)"):
        model.forward(np.zeros(shape, np.float32))


@pytest.mark.parametrize("n_samples", [0, 1, 64, 127, 129, 192, 3000])
@pytest.mark.parametrize("call", ["forward", "trace"])
def test_length_that_does_not_halve(model, call, n_samples):
    with pytest.raises(ConfigError, match=f"window of {n_samples} samples .* a multiple of 128 is needed"):
        getattr(model, call)(np.zeros((1, 3, n_samples), np.float32))
