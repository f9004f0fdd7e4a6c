"""Records are read where they lie, or a piece at a time; they are neither copied nor written to."""

import subprocess
import sys
import tracemalloc

import numpy as np
import pytest

import lppn_np
from lppn_np.errors import InputError
from lppn_np.picking import samples as module
from lppn_np.picking.check import check_array
from lppn_np.picking.pipeline import Settings, find_arrivals
from lppn_np.picking.samples import survey

NAN = np.nan


class Silent(lppn_np.LPPN):
    """Computes nothing and finds nothing: what is left is the way to the network and back."""

    def forward(self, x, engine="numba", n_threads=1, *, batch_statistics=False):
        shape = (len(x), 3, x.shape[2] // self.config.stride)
        logits = np.zeros(shape, np.float32)
        logits[:, 0] = 20
        return logits, np.zeros((shape[0], shape[2]), np.float32)


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(module, "BLOCK", 64)
    for name in ("check", "decode"):
        monkeypatch.setattr(sys.modules[f"lppn_np.picking.{name}"], "BLOCK", 64)


# ---------------------------------------------------------------- pieces


def read_only(array):
    array.flags.writeable = False
    return array


@pytest.mark.parametrize(
    ("form", "in_place"),
    [
        (lambda x: x, True),
        (lambda x: read_only(x.copy()), True),
        (lambda x: np.pad(x, ((0, 0), (5, 9)))[:, 5:-9], True),
        (lambda x: x[::-1][::-1], True),
        (np.asfortranarray, False),
        (lambda x: np.repeat(x, 2, axis=1)[:, ::2], False),
        (lambda x: x.astype(x.dtype.newbyteorder()), False),
        (lambda x: np.frombuffer(b"\0" + x.tobytes(), np.uint8)[1:].view(x.dtype).reshape(x.shape), False),
        (lambda x: x.astype(np.int32), False),
        (np.ma.masked_array, False),
    ],
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_is_read_in_place(form, in_place, dtype):
    counts = np.round(100 * np.random.default_rng(0).normal(size=(3, 200))).astype(dtype)
    array = form(counts)
    samples = survey(array)
    assert samples.in_place == in_place
    piece = samples.piece(20, 150)
    for row, expected in zip(piece, counts[:, 20:150], strict=True):
        np.testing.assert_array_equal(row, expected)
        assert row.dtype == samples.dtype
        assert row.dtype == (np.float64 if array.dtype.kind == "i" else dtype)
        assert row.flags.c_contiguous
        assert row.flags.aligned
        assert row.flags.writeable  # for numba: the same type whatever the record's flag
        assert np.shares_memory(row, array) == in_place


def test_a_record_outlives_its_name():
    samples = survey(read_only(np.arange(30_000.0).reshape(3, -1)))
    np.testing.assert_array_equal(samples.piece(0, 10_000)[2], np.arange(20_000.0, 30_000))


def test_components_are_put_in_order_without_a_copy():
    array = np.arange(30.0).reshape(3, 10)
    samples = check_array(array, "zne", "ENZ")
    for row, c in zip(samples.piece(0, 10), (2, 1, 0), strict=True):
        np.testing.assert_array_equal(row, array[c])
        assert np.shares_memory(row, array)


# ---------------------------------------------------------------- survey


@pytest.mark.parametrize("sample", [0, 63, 64, 199])
@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_the_first_infinity_is_named(small_blocks, sample, value):
    array = np.zeros((3, 200))
    array[2, sample:] = value
    array[1, sample] = NAN
    with pytest.raises(InputError, match=rf"infinity \(component 2, sample {sample}\)"):
        survey(array)


def test_holes_are_where_no_component_has_data(small_blocks):
    array = np.zeros((3, 200))
    array[0] = NAN
    array[:, 70] = NAN
    array[1:, 199] = NAN
    assert survey(array).holes.tolist() == [False, True, False, True]


@pytest.mark.parametrize("first", [0, 100, 199])
def test_a_record_with_a_single_sample_of_data_is_no_empty_one(small_blocks, first):
    array = np.full((3, 200), NAN)
    with pytest.raises(InputError, match="every sample is NaN"):
        check_array(array, "ENZ", "ENZ")
    array[1, first] = 0
    assert check_array(array, "ENZ", "ENZ").holes.all()


# ---------------------------------------------------------------- memory


@pytest.mark.parametrize(
    "form",
    [
        lambda x: x,
        read_only,
        lambda x: x.astype(np.int32),
        lambda x: np.ma.masked_array(x, mask=False),
        lambda x: x.astype(np.float16),
    ],
    ids=["float32", "read-only", "int32", "masked", "float16"],
)
@pytest.mark.parametrize("engine", ["numba", "numpy"])
def test_memory_does_not_grow_with_the_record(form, engine):
    """24 MB of float32; one flag a sample would be 2 MB, a copy as float64 48 MB."""
    model = Silent(lppn_np.LPPNConfig(stride=16, features=1))
    ramp = np.random.default_rng(0).normal(size=2_000_000).astype(np.float32)
    record = form(np.stack([ramp, -ramp, ramp]))
    settings = {"model": model, "engine": engine, "batch_size": 4}
    lppn_np.pick(record[:, :20_000], **settings)
    peaks = []
    for n_samples in (400_000, 2_000_000):
        tracemalloc.start()
        assert lppn_np.pick(record[:, :n_samples], **settings) == []
        peaks.append(tracemalloc.get_traced_memory()[1] / 1e6)
        tracemalloc.stop()
    assert peaks[1] < 9, peaks
    assert peaks[1] - peaks[0] < 0.5, peaks


def test_the_textbook_does_without_numba():
    code = (
        "import sys, numpy as np, lppn_np\n"
        "model = lppn_np.LPPN(lppn_np.LPPNConfig(stride=16, features=1))\n"
        "lppn_np.pick(np.random.default_rng(0).normal(size=(3, 4000)), model=model, engine='numpy')\n"
        "print('numba' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


# ---------------------------------------------------------------- the same bits


@pytest.mark.parametrize("engine", ["numba", "numpy"])
@pytest.mark.parametrize("n_samples", [900, 5000, 30_000])
def test_batches_and_threads_do_not_change_a_bit(engine, n_samples):
    rng = np.random.default_rng(4)
    record = (rng.normal(size=(3, n_samples)) * 1e3 + 5e4).astype(np.float32)
    record[:, n_samples // 3 : n_samples // 3 + 150] = NAN
    record[1, n_samples // 2 :] = 7
    model = lppn_np.LPPN(lppn_np.LPPNConfig(stride=16, features=2), seed=3)
    low = {"P_threshold": 0.05, "S_threshold": 0.05, "min_distance": 0.0, "engine": engine}

    def run(**how):
        return find_arrivals(model, record, Settings(**low, **how).resolve(model))

    expected = run()
    assert len(expected) > 10
    for how in ({"batch_size": 1}, {"batch_size": 3}, {"n_threads": 2}, {"n_threads": 5, "batch_size": 2}):
        for got, wanted in zip(vars(run(**how)).values(), vars(expected).values(), strict=True):
            np.testing.assert_array_equal(got, wanted)


def test_the_engines_find_the_same():
    """Windows side by side: where they overlap, a rounding may decide which of them is the surer."""
    rng = np.random.default_rng(4)
    record = (rng.normal(size=(3, 3 * 3072)) * 1e3 + 5e4).astype(np.float32)
    record[:, 3000:3100] = NAN
    model = lppn_np.LPPN(lppn_np.LPPNConfig(stride=16, features=2), seed=3)
    low = {"P_threshold": 0.05, "S_threshold": 0.05, "overlap": 0, "blinding": 0, "min_distance": 0}
    textbook, compiled = (
        find_arrivals(model, record, Settings(**low, engine=engine).resolve(model))
        for engine in ("numpy", "numba")
    )
    assert len(compiled) > 10
    np.testing.assert_array_equal(compiled.label, textbook.label)
    np.testing.assert_allclose(compiled.time, textbook.time, rtol=0, atol=0.01)
    np.testing.assert_allclose(compiled.probability, textbook.probability, rtol=0, atol=1e-4)
