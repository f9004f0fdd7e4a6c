"""A folder of MiniSEED that several examples share: eight stations, two events, nothing downloaded."""

import csv
from pathlib import Path

import numpy as np
import obspy

from lppn_np.data.synthetic import synthetic_noise, synthetic_record

#: Latitude and longitude.
STATIONS = {
    "XX.AAA.": (35.95, -117.95), "XX.BBB.": (35.97, -117.55), "XX.CCC.": (35.70, -118.02),
    "XX.DDD.": (35.78, -117.72), "XX.EEE.": (35.72, -117.40), "XX.FFF.": (35.50, -117.90),
    "XX.GGG.": (35.48, -117.62), "XX.HHH.": (35.60, -117.33),
}  # fmt: skip
#: Latitude, longitude, depth in km, seconds after the start of the record.
EVENTS = ((35.74, -117.62, 8.0, 60.0), (35.62, -117.78, 5.0, 170.0))
START = obspy.UTCDateTime("2024-05-01T12:00:00")
SECONDS = 240
V_P, V_S = 6.0, 3.46
KM_PER_DEGREE = 111.19


def make_network(folder: Path) -> Path:
    """Write a file a station and ``stations.csv`` (id, latitude, longitude, elevation in m)."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(1)
    for name, place in STATIONS.items():
        data = synthetic_noise(rng, SECONDS * 100, rms=100.0).astype(np.float64)
        for event in EVENTS:
            _add_event(rng, data, place, event)
        network, station, location = name.split(".")
        header = {"network": network, "station": station, "location": location}
        header |= {"sampling_rate": 100.0, "starttime": START}
        rows = zip("ENZ", data.round().astype(np.int32), strict=True)
        stream = obspy.Stream([obspy.Trace(row, header | {"channel": f"HH{c}"}) for c, row in rows])
        stream.write(str(folder / f"{name}mseed"), format="MSEED")
    with (folder / "stations.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "latitude", "longitude", "elevation"])
        rows.writerows([name, *place, 0.0] for name, place in STATIONS.items())
    return folder


def _add_event(rng, data, place, event) -> None:
    """Add P and S of an event, each where its travel time says."""
    latitude, longitude, depth, origin = event
    north = (place[0] - latitude) * KM_PER_DEGREE
    east = (place[1] - longitude) * KM_PER_DEGREE * np.cos(np.radians(latitude))
    distance = float(np.sqrt(north**2 + east**2 + depth**2))
    # Without noise a record is zero before P, and nearly so before S: P, coda and S in one.
    record = synthetic_record(rng, 6000, distance_km=distance, magnitude=2.5, snr_db=float("inf"))
    scale = 3000.0 / np.abs(record.data).max()
    p, s = (round((origin + distance / speed) * 100) for speed in (V_P, V_S))
    before = 20
    cut, until_s = round(record.p_sample) - before, round(record.s_sample) - before
    # The made-up path has its own speeds: what comes before S is stretched or cut to the time that is wanted.
    first = record.data[:, cut:until_s]
    length = s - p
    fitted = (
        first[:, :length]
        if length <= first.shape[1]
        else np.pad(first, ((0, 0), (0, length - first.shape[1])))
    )
    wave = np.concatenate([fitted, record.data[:, until_s:]], axis=1)[:, : data.shape[1] - p + before]
    data[:, p - before : p - before + wave.shape[1]] += scale * wave
