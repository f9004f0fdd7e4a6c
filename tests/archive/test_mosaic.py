"""A record in pieces is read as one that was put together, sample by sample."""

import numpy as np
import pytest

from lppn_np.archive.mosaic import Mosaic, make_row
from lppn_np.errors import InputError
from lppn_np.picking.samples import BLOCK, survey
from lppn_np.waveforms.merging import merge_into

SIZE = 3 * BLOCK + 77


def placed(rng, n_pieces, longest):
    """Pieces of one row, integers or floats with NaN, whose overlaps agree or not."""
    truth = rng.integers(-1000, 1000, SIZE)
    pieces = []
    for _ in range(n_pieces):
        first = int(rng.integers(0, SIZE - 1))
        samples = truth[first : first + int(rng.integers(1, longest))].copy()
        if rng.random() < 0.3:
            samples[rng.integers(0, len(samples), 3)] += 1  # a dispute, where another piece lies here
        kind = rng.choice(["i4", "i2", "f4", "f8", ">f4", ">i4"])
        samples = samples.astype(kind)
        if samples.dtype.kind == "f":
            samples[rng.integers(0, len(samples), 5)] = np.nan
        pieces.append((first, samples))
    return pieces


def put_together(rows, dtype):
    data = np.full((3, SIZE), np.nan, dtype)
    lost = [merge_into(row, pieces) for row, pieces in zip(data, rows, strict=True)]
    return data, lost


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("n_pieces", "longest"), [(0, 2), (1, SIZE), (3, SIZE), (40, 30_000), (300, 900)])
def test_it_reads_as_the_record_put_together(n_pieces, longest, dtype):
    rng = np.random.default_rng(n_pieces)
    rows = [placed(rng, n_pieces, longest) for _ in "ENZ"]
    whole, lost = put_together(rows, dtype)
    samples = Mosaic.of([make_row(pieces, np.dtype(dtype), "Z") for pieces in rows], SIZE, np.dtype(dtype))
    assert [row.lost for row in samples.mosaic] == lost
    assert samples.n_samples == SIZE
    np.testing.assert_array_equal(samples.holes, survey(whole).holes)
    bounds = [
        (0, SIZE),
        (5, 6),
        (BLOCK - 1, BLOCK + 1),
        (SIZE - 1, SIZE),
        *np.sort(rng.integers(0, SIZE, (9, 2))),
    ]
    for first, stop in bounds:
        for got, expected in zip(samples.piece(first, stop), whole[:, first:stop], strict=True):
            assert got.dtype == dtype
            assert got.flags.c_contiguous
            np.testing.assert_array_equal(got, expected)
        expected = np.count_nonzero(~np.isnan(whole[:, first:stop]), axis=1).max()
        assert samples.recorded(first, stop) == expected
    index = np.clip(rng.integers(0, SIZE, 30)[:, None] + np.arange(-50, 51), 0, SIZE - 1)
    np.testing.assert_array_equal(samples.at(index), whole[:, index])


def test_disputes_are_left_out_in_the_same_places():
    """What the test above finds must be there to be found."""
    rng = np.random.default_rng(300)
    assert sum(put_together([placed(rng, 300, 900) for _ in "ENZ"], np.float64)[1]) > 0


def test_masked_samples_are_gaps():
    samples = np.ma.masked_equal(np.array([1, 2, 99, 4]), 99)
    row = make_row([(10, samples)], np.dtype(np.float64), "E")
    assert row.covered.tolist() == [[10, 12], [13, 14]]


def test_infinity_is_refused():
    with pytest.raises(InputError, match="component N holds infinity"):
        make_row([(0, np.array([1, np.inf], np.float32))], np.dtype(np.float32), "N")


def test_no_sample_is_copied_before_it_is_read():
    """A day's memory once, as it was unpacked: what the largest process of an archive takes hangs on it."""
    day = np.arange(1000, dtype=np.int32)
    row = make_row([(1000, day), (0, day)], np.dtype(np.float64), "E")
    assert all(piece is day for piece in row.pieces)
