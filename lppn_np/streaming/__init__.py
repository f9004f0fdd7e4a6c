"""Picking while the data come: the same stages and the same picks as for a whole record."""

from lppn_np.streaming.picker import StreamedPick, StreamingPicker
from lppn_np.streaming.router import StreamingPickers

__all__ = ["StreamedPick", "StreamingPicker", "StreamingPickers"]
