"""Pieces of a record as they come: three rows of an array, or the traces of a Stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.errors import InputError
from lppn_np.picking.check import check_rows, check_sampling_rate
from lppn_np.streaming.instant import Instant

if TYPE_CHECKING:
    from lppn_np.waveforms.segments import Segment

Array = NDArray[np.floating[Any]]


@dataclass(frozen=True, eq=False)
class Chunk:
    """Samples of one component.

    Attributes
    ----------
    row : int
        The component, in the model's order.
    time : Instant
        Of the first sample.
    values : ndarray, shape (n_samples,), float32 or float64
        NaN where there is no data.
    rate : float
        Hz.
    channel : str
        Where it came from, empty for an array.
    """

    row: int
    time: Instant
    values: Array
    rate: float
    channel: str = ""

    @property
    def order(self) -> tuple[int, str, float]:
        """What a record's first trace is found by."""
        return self.time.ns, self.channel, self.rate


def chunks_of_array(
    data: Any, time: Instant, component_order: str, model_order: str, rate: float
) -> list[Chunk]:
    """The rows of an array, copied.

    Raises
    ------
    InputError
        Wrong shape, type or values.
    """
    samples = check_rows(data, component_order, model_order)
    rows = samples.at(slice(None))
    return [Chunk(row, time, values, rate) for row, values in enumerate(rows) if len(values)]


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
        start = Instant("utc", segment.start.ns, segment.start)
        chunks.append(Chunk(row, start, values, segment.sampling_rate, segment.channel))
    return chunks


def _check_rate(segment: Segment, expected: float) -> None:
    try:
        check_sampling_rate(segment.sampling_rate, expected)
    except InputError:
        raise InputError(
            f"{segment.channel}: sampling_rate is {segment.sampling_rate:g} Hz, a stream takes "
            f"{expected:g} Hz, because packets cannot be resampled one by one as the whole record is"
        ) from None
