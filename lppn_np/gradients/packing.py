"""Weights and places as the register tiles read them, made once a step."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.kernels.dweight_tile import TERMS
from lppn_np.kernels.packing import OUTPUTS, pack
from lppn_np.kernels.units import PART
from lppn_np.kernels.units_expand import LEAD
from lppn_np.kernels.vectors import VECTORS
from lppn_np.network import ops

Array = NDArray[Any]
Places = NDArray[np.int64]

#: Zeros after a row, for vectors that reach over its end: 16 float32, the widest there are.
PADDING = 16


def rounded_up(number: int, to: int) -> int:
    """Return the next multiple of ``to``."""
    return -(-number // to) * to


def packed_size(n_out: int, n_terms: int) -> int:
    """Return the elements of packed weights (:func:`lppn_np.kernels.packing.pack`)."""
    return rounded_up(n_out, OUTPUTS) * (n_terms + 1)


def row_length(n_samples: int) -> int:
    """Elements of a row in scratch that holds ``n_samples`` and its padding.

    An odd number of cache lines: rows that are a power of two apart share few places of the L1 cache.
    """
    return (rounded_up(n_samples, 16) // 16 | 1) * 16 + 2 * PADDING


def part_length(n_times: int) -> int:
    """Elements of a row in scratch that holds one part of a window."""
    return row_length(min(n_times, PART))


def hidden_length(n_times: int) -> int:
    """Elements of a row of the expanding unit's hidden scratch, with a zero before and after the signal."""
    return row_length(n_times + LEAD)


def phase_length(op: ops.Depthwise | ops.DenseConv, n_times: int) -> int:
    """Elements of one phase of a padded row of ``n_times`` samples."""
    return row_length((n_times + op.kernel) // op.stride + 1)


def pack_back(weight: Array, stride: int) -> Array:
    """Return the packed weights (S, ...) of a dense convolution's way back, one set a phase of its input.

    Sample S j + p - P of the input met output j - k // S through every tap k = p, p + S, ...; phases with
    fewer taps than the first get zeros.
    """
    n_out, n_in, n_taps = weight.shape
    per_phase = -(-n_taps // stride)
    taps = np.zeros((n_out, n_in, per_phase * stride), weight.dtype)
    taps[:, :, :n_taps] = weight
    by_phase = taps.reshape(n_out, n_in, per_phase, stride).transpose(3, 1, 0, 2)
    return np.stack([pack(phase.reshape(n_in, -1)) for phase in by_phase])


@functools.lru_cache(maxsize=256)
def rows(n_rows: int, length: int) -> Places:
    """Return the places of rows one after the other."""
    return np.arange(n_rows, dtype=np.int64) * length


@functools.lru_cache(maxsize=256)
def taps(n_channels: int, n_taps: int, stride: int, length: int) -> Places:
    """Return the places of every channel's taps in its phases (Ci, S, L)."""
    k = np.arange(n_taps)
    places = np.arange(n_channels)[:, None] * stride * length + (k % stride) * length + k // stride
    return places.reshape(-1).astype(np.int64)


@functools.lru_cache(maxsize=256)
def taps_back(n_out: int, n_taps: int, stride: int, length: int) -> Places:
    """Return the places (S, ...) in dL/dz of what :func:`pack_back` has weights for."""
    per_phase = -(-n_taps // stride)
    lead = (n_taps - 1) // stride
    places = np.arange(n_out)[:, None] * length + lead - np.arange(per_phase)
    return np.tile(places.reshape(-1).astype(np.int64), (stride, 1))


@functools.lru_cache(maxsize=256)
def tile_rows(n_rows: int, length: int) -> Places:
    """Return :func:`rows`, as many as the weight gradient's tiles read."""
    return whole_tiles(rows(n_rows, length))


def whole_tiles(places: Places) -> Places:
    """Return the places with the last one repeated, as many as the weight gradient's tiles read."""
    n_more = rounded_up(places.size, TERMS) - places.size
    return np.concatenate([places, np.repeat(places[-1:], n_more)])


def sums_aside(n_rows: int, n_terms: int, dtype: np.dtype[Any]) -> int:
    """Return the elements that the weight gradient's tiles put aside between two parts of a window."""
    width = 4 * VECTORS.width // dtype.itemsize
    return n_rows // OUTPUTS * rounded_up(n_terms, TERMS) * OUTPUTS * width
