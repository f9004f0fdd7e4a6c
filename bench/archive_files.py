"""A synthetic archive in SDS: one day of made-up earthquakes under the names of many station-days."""

from __future__ import annotations

import datetime
import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lppn_np.bench.day_record import make_day
from lppn_np.optional import require

_RECORD = 512
_FIRST_DAY = datetime.date(2020, 1, 1)
#: Days of a station, so that shards of eight days and their neighbours' ends are as in a real archive.
DAYS = 10


def make_archive(root: Path, station_days: int, seed: int = 0) -> int:
    """Write an archive and return its size in bytes.

    Every station-day holds the same 3 x 8,640,000 samples: 288 events in noise, STEIM2, records of 512 bytes.
    Encoding costs more than picking, so it is done once, and each record's header is changed for the others.

    Parameters
    ----------
    root : Path
        A folder that is there.
    station_days : int
        Three files each.
    seed : int
        Of the day.
    """
    components = {c: _encoded(row, c) for c, row in zip("ENZ", make_day(seed=seed).data, strict=True)}
    size = 0
    for number in range(station_days):
        station, day = f"S{number // DAYS:04d}", _FIRST_DAY + datetime.timedelta(days=number % DAYS)
        for component, records in components.items():
            _readdress(records, station, day)
            channel = f"HH{component}"
            folder = root / f"{day:%Y}" / "XX" / station / f"{channel}.D"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"XX.{station}..{channel}.D.{day:%Y}.{day:%j}").write_bytes(records.tobytes())
            size += records.nbytes
    return size


def _encoded(row: NDArray[np.float32], component: str) -> NDArray[np.uint8]:
    """A day of one component as MiniSEED, one row a record."""
    obspy = require("obspy", "bench")
    header = {"network": "XX", "station": "S0000", "channel": f"HH{component}", "sampling_rate": 100.0}
    header["starttime"] = obspy.UTCDateTime(_FIRST_DAY.isoformat())
    buffer = io.BytesIO()
    trace = obspy.Trace(np.rint(row).astype(np.int32), header=header)
    trace.write(buffer, format="MSEED", reclen=_RECORD, encoding="STEIM2")
    return np.frombuffer(bytearray(buffer.getvalue()), np.uint8).reshape(-1, _RECORD)


def _readdress(records: NDArray[np.uint8], station: str, day: datetime.date) -> None:
    """Change station (from byte 8), year and day of the year (from byte 20) in every record's header."""
    records[:, 8:13] = np.frombuffer(station.ljust(5).encode(), np.uint8)
    date = np.array([day.year, day.timetuple().tm_yday], ">u2")
    records[:, 20:24] = date.view(np.uint8)
