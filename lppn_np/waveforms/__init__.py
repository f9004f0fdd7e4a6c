"""Waveform files and obspy Streams in, aligned three-component arrays out."""

from lppn_np.waveforms.reading import read_stream
from lppn_np.waveforms.records import Record, records_from_stream

__all__ = ["Record", "read_stream", "records_from_stream"]
