"""Pieces of a record as they come: three rows of an array, or the traces of a Stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lppn_np.errors import InputError
from lppn_np.picking.check import check_rows, check_sampling_rate
from lppn_np.streaming.instant import Instant

if TYPE_CHECKING:
    from lppn_np.waveforms.segments import Segment

Array = NDArray[np.floating[Any]]


class Chunk(NamedTuple):
    """Samples of one component, or of all of them: rows that have come together so far always will.

    Attributes
    ----------
    rows : slice
        The components, in the model's order.
    time : Instant
        Of the first sample.
    values : ndarray, shape (n_rows, n_samples), float32 or float64
        NaN where there is no data.
    rate : float
        Hz.
    channel : str
        Where it came from, empty for an array.
    """

    rows: slice
    time: Instant
    values: Array
    rate: float
    channel: str = ""

    @property
    def order(self) -> tuple[int, str, float]:
        """What a record's first trace is found by."""
        return self.time.ns, self.channel, self.rate


def values_of_array(data: Any, component_order: str, model_order: str) -> Array:
    """The rows of an array (3, n_samples) as floats in the model's order, copied.

    Raises
    ------
    InputError
        Wrong shape, type or values.
    """
    if component_order == model_order and (values := _plain(data)) is not None:
        return values
    return np.stack(check_rows(data, component_order, model_order).at(slice(None)))


def _plain(data: Any) -> Array | None:
    """Return a copy of what needs no second look, else None: a chunk of a few samples 20 -> 3 us."""
    if type(data) is not np.ndarray or data.ndim != 2 or len(data) != 3 or data.dtype.kind not in "iuf":
        return None
    short = data.dtype.kind == "f" and data.dtype.itemsize <= 4
    values: Array = data.astype(np.float32 if short else np.float64)
    return None if data.dtype.kind == "f" and np.isinf(values).any() else values


def chunks_of_array(values: Array, time: Instant, rate: float) -> list[Chunk]:
    """Three rows, the first sample at that time; none where there are no samples."""
    return [Chunk(slice(0, 3), time, values, rate)] if values.shape[1] else []


def is_traces(data: Any) -> bool:
    """Whether it is an obspy Stream or Trace, told without importing obspy."""
    if isinstance(data, np.ndarray):
        return False
    names = ("Stream", "Trace")
    return any(cls.__module__.startswith("obspy.") and cls.__name__ in names for cls in type(data).__mro__)


def chunks_of_segments(segments: list[Segment], model_order: str, sampling_rate: float) -> list[Chunk]:
    """Traces of one instrument, copied.

    Raises
    ------
    InputError
        Another sampling rate than the model's, or infinite samples.
    """
    chunks = []
    for segment in segments:
        _check_rate(segment, sampling_rate)
        samples = segment.samples
        short = samples.dtype.kind == "f" and samples.dtype.itemsize == 4
        values: Any = samples.astype(np.float32 if short else np.float64)
        if isinstance(values, np.ma.MaskedArray):
            values = values.filled(np.nan)
        if np.isinf(values).any():
            raise InputError(f"{segment.channel}: the trace holds infinity; finite numbers, or NaN for gaps")
        row = model_order.index(segment.component)
        rows = slice(row, row + 1)
        start = Instant("utc", segment.start.ns, segment.start)
        chunks.append(Chunk(rows, start, values[None], segment.sampling_rate, segment.channel))
    return chunks


def _check_rate(segment: Segment, expected: float) -> None:
    try:
        check_sampling_rate(segment.sampling_rate, expected)
    except InputError:
        raise InputError(
            f"{segment.channel}: sampling_rate is {segment.sampling_rate:g} Hz, a stream takes "
            f"{expected:g} Hz, because packets cannot be resampled one by one as the whole record is"
        ) from None
