"""The register tiles against the textbook, in all widths; with NUMBA_DISABLE_JIT=1 their plain twins."""

import numpy as np
import pytest

from lppn_np.kernels import reference
from lppn_np.kernels._jit import kernel
from lppn_np.kernels.dweight_tile import SUMS, TERMS, dweight_tile
from lppn_np.kernels.microkernel import OUTPUTS, tile_scalar, tile_vector, tile_wide
from lppn_np.kernels.vectors import VECTORS, vector_width

DTYPES = (np.float32, np.float64)


def called(tile):
    """Wrap a tile in a kernel: an intrinsic can be called from compiled code only."""

    @kernel
    def run(y, y_at, y_row, n_out, x, x_at, places, places_at, n_terms, w, w_at, floor, r, r_at, r_row):
        tile(y, y_at, y_row, n_out, x, x_at, places, places_at, n_terms, w, w_at, floor, r, r_at, r_row)

    return run


TILES = {"wide": called(tile_wide), "vector": called(tile_vector), "scalar": called(tile_scalar)}


@kernel
def run_dweight_tile(
    dw, dw_at, dw_row, n_out, n_in, d, d_at, d_row, x, x_at, places, places_at, n_vectors, aside, aside_at,
    first, last
):  # fmt: skip
    dweight_tile(
        dw, dw_at, dw_row, n_out, n_in, d, d_at, d_row, x, x_at, places, places_at, n_vectors, aside,
        aside_at, first, last
    )  # fmt: skip


def samples(name, dtype):
    """How many samples a tile fills."""
    width = vector_width(np.empty(1, dtype))
    return {"wide": VECTORS.abreast * width, "vector": width, "scalar": 1}[name]


def packed(weight, bias):
    """One block: 4 biases, then 4 weights a term."""
    block = np.zeros((weight.shape[1] + 1, OUTPUTS), weight.dtype)
    block[0, : len(bias)], block[1:, : len(bias)] = bias, weight.T
    return block


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", TILES)
@pytest.mark.parametrize("n_out", [1, 2, 3, 4])
@pytest.mark.parametrize("n_terms", [1, 2, 9])
@pytest.mark.parametrize("rectify", [False, True])
@pytest.mark.parametrize("add", [False, True])
def test_tile(inputs, output, rounding, dtype, name, n_out, n_terms, rectify, add):
    """Terms stand in any order, at any place; a NaN stays one; a residual is added after the ReLU."""
    draw, n_times = inputs(dtype, n_out + 7 * n_terms), samples(name, dtype)
    x = draw.with_holes(1, n_terms + 2, n_times + 5)
    weight, bias, residual = draw.normal(n_out, n_terms), draw.normal(n_out), draw.normal(n_out, n_times + 3)
    order = np.random.default_rng(0).permutation(n_terms + 2)[:n_terms]
    shifts = np.arange(n_terms) % 4  # as the taps of a convolution
    terms = np.stack([x[row, 1 + k : 1 + k + n_times] for row, k in zip(order, shifts, strict=True)])
    places = np.concatenate([[-1], order * x.shape[1] + shifts])
    got = output((n_out, n_times), dtype)
    floor = dtype(0 if rectify else -np.inf)
    weights = np.concatenate([np.full(3, np.nan, dtype), packed(weight, bias).reshape(-1)])
    TILES[name](
        got.array, 0, n_times, n_out, x, 1, places, 1, n_terms,
        weights, 3, floor, residual, 2 if add else -1, n_times + 3,
    )  # fmt: skip
    expected = reference.pointwise(terms[None], weight, bias)[0]
    bound = rounding(n_terms + 2, reference.pointwise(abs(terms)[None], abs(weight), abs(bias))[0] + 4)
    if rectify:
        expected = reference.relu(expected)
    got.assert_close(expected + residual[:, 2 : 2 + n_times] if add else expected, bound)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_sample_does_not_depend_on_its_tile(inputs, output, dtype):
    draw, n_times = inputs(dtype, 3), samples("wide", dtype)
    x, weights = draw.normal(17, n_times), packed(draw.normal(4, 17), draw.normal(4))
    places, results = np.arange(17) * n_times, []
    for name, tile in TILES.items():
        got = output((4, n_times), dtype)
        for t in range(0, n_times, samples(name, dtype)):
            rest = (weights, 0, dtype(-np.inf), x, -1, 0)
            tile(got.array, t, n_times, 4, x, t, places, 0, 17, *rest)
        results.append(got.array)
    np.testing.assert_array_equal(results[0], results[1])
    np.testing.assert_array_equal(results[0], results[2])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("n_out", [1, 3, 4])
@pytest.mark.parametrize("n_terms", sorted({1, 2, TERMS}))
@pytest.mark.parametrize("parts", [(1,), (5,), (3, 1), (2, 2, 1)])
def test_dweight_tile(inputs, output, rounding, dtype, n_out, n_terms, parts):
    """In one part or several, whose sums are put aside in between; nothing else is written."""
    width = vector_width(np.empty(1, dtype))
    n_times = sum(parts) * width
    draw = inputs(dtype, n_out)
    dout, x = draw.normal(OUTPUTS, n_times), draw.normal(n_terms, n_times + 2)
    places = np.minimum(np.arange(TERMS), n_terms - 1) * x.shape[1] + 1
    got, aside = output((n_out, n_terms), dtype), output((SUMS * width,), dtype)
    done = 0
    for n_vectors in parts:
        first, last = done == 0, done + n_vectors == sum(parts)
        run_dweight_tile(
            got.array, 0, n_terms, n_out, n_terms, dout, done * width, n_times, x, done * width,
            places, 0, n_vectors, aside.array, 0, first, last,
        )  # fmt: skip
        done += n_vectors
    aside.assert_fence_stands()
    terms = x[:, 1 : 1 + n_times]
    bound = rounding(n_times, reference.pointwise_dweight(abs(dout[None, :n_out]), abs(terms[None])))
    got.assert_close(reference.pointwise_dweight(dout[None, :n_out], terms[None]), bound)
