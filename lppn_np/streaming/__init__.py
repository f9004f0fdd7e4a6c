"""Picking while the data come: the same stages and the same picks as for a whole record."""

from lppn_np.streaming.picker import StreamingPicker
from lppn_np.streaming.router import StreamingPickers
from lppn_np.streaming.telling import StreamedPick

__all__ = ["StreamedPick", "StreamingPicker", "StreamingPickers"]
