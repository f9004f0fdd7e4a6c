"""A network of eight stations and one event in a homogeneous medium: what its picks must be."""

import datetime as dt
import math

from lppn_np import Pick, PickList

#: Kilometres east, north and down of a corner of the network.
STATIONS = {
    "XX.A1.": (10.0, 10.0),
    "XX.A2.": (50.0, 12.0),
    "XX.A3.": (90.0, 8.0),
    "XX.B1.": (15.0, 48.0),
    "XX.B3.": (88.0, 52.0),
    "XX.C1.": (8.0, 92.0),
    "XX.C2.": (48.0, 88.0),
    "XX.C3.": (91.0, 90.0),
}
EVENT = (38.0, 61.0, 9.0)
ORIGIN = dt.datetime(2019, 7, 4, 23, 59, 51, 250000, tzinfo=dt.UTC)
V_P, V_S = 6.0, 3.46


def network_picks(first_noise=3):
    """P and S of the event at every station, and a false pick at some."""
    picks = []
    for i, (name, (x, y)) in enumerate(STATIONS.items()):
        distance = math.dist((x, y, 0.0), EVENT)
        for phase, speed in (("P", V_P), ("S", V_S)):
            time = ORIGIN + dt.timedelta(seconds=distance / speed)
            picks.append(Pick(name, time, time, time, 0.9 - 0.05 * i, phase))
        if i < first_noise:
            false = ORIGIN + dt.timedelta(seconds=-40 - 25 * i)
            picks.append(Pick(name, false, false, false, 0.35, "S"))
    return PickList(sorted(picks, key=lambda pick: pick.peak_time))
