"""A folder of waveforms to located events: lppn-np picks, PyOcto associates.

    python examples/folder_to_events.py FOLDER --stations STATIONS.csv [--reference PICKS.csv] [-o OUTPUT]

STATIONS.csv has the columns id (NET.STA.LOC, the last dot kept), latitude, longitude and elevation (m).
Without arguments the folder is made up. Needs the extras ``waveforms`` and ``associate``.
"""

import argparse
import tempfile
import time
from pathlib import Path

import pandas

import lppn_np
from lppn_np.optional import require
from lppn_np.waveforms import read_stream

V_P, V_S = 6.0, 3.46  # km/s: enough to tell which picks belong together, not to locate well
WITHIN = 0.5  # seconds between a pick and a reference pick of the same arrival


def pick_folder(folder: Path) -> tuple[lppn_np.PickList, dict[str, float]]:
    """Pick every MiniSEED file, and say how long it took."""
    model = lppn_np.LPPN.from_pretrained()
    picks, seconds = [], {"read": 0.0, "network": 0.0}
    for path in sorted(folder.glob("*.mseed")):
        began = time.perf_counter()
        stream = read_stream(path)
        middle = time.perf_counter()
        picks += lppn_np.pick(stream, model=model)
        seconds["read"] += middle - began
        seconds["network"] += time.perf_counter() - middle
    return lppn_np.PickList(sorted(picks, key=lambda pick: pick.peak_time)), seconds


def associate(picks: lppn_np.PickList, stations: pandas.DataFrame):
    """Events and assignments of picks; PyOcto takes our picks as it takes SeisBench's."""
    pyocto = require("pyocto", "associate")
    margin = 0.3  # degrees around the stations
    associator = pyocto.OctoAssociator.from_area(
        lat=(stations.latitude.min() - margin, stations.latitude.max() + margin),
        lon=(stations.longitude.min() - margin, stations.longitude.max() + margin),
        zlim=(0, 25),
        time_before=60,
        velocity_model=pyocto.VelocityModel0D(V_P, V_S, tolerance=1.0),
        n_picks=5, n_p_picks=2, n_s_picks=2, n_p_and_s_picks=2,
    )  # fmt: skip
    stations = associator.transform_stations(stations.copy())
    events, assignments = associator.associate_seisbench(picks, stations)
    return (associator.transform_events(events) if len(events) else events), assignments


def found_again(reference: pandas.DataFrame, assignments: pandas.DataFrame) -> dict[str, bool]:
    """Which reference events share half of their picks or more with one of ours."""
    ours = assignments.assign(place=assignments.station.str.split(".").str[:2].str.join("."))
    times = pandas.to_datetime(reference.time, utc=True).astype("datetime64[ns, UTC]").astype("int64") / 1e9
    found = {}
    for event, rows in reference.assign(seconds=times).groupby("event"):
        shared = []
        for row in rows.itertuples():
            same = ours[(ours.place == row.station) & (ours.phase == row.phase)]
            shared += list(same.event_idx[(same.time - row.seconds).abs() <= WITHIN].unique())
        most = max(map(shared.count, shared), default=0)
        found[str(event)] = 2 * most >= len(rows)
    return found


def main() -> None:
    """Pick, write for associators, associate, print the events."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--stations", type=Path)
    parser.add_argument("--reference", type=Path, help="picks of known events: station, phase, time, event")
    parser.add_argument("-o", "--output", type=Path, help="folder for picks and events")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        if options.folder is None:
            from made_up_network import make_network

            options.folder = make_network(Path(scratch) / "network")
            options.stations = options.folder / "stations.csv"
        run(options, Path(scratch))


def run(options, scratch: Path) -> None:
    """Do all of it for one folder."""
    output = options.output or scratch
    output.mkdir(parents=True, exist_ok=True)
    picks, seconds = pick_folder(options.folder)
    began = time.perf_counter()
    for name, path in (
        ("phasenet", "picks.phasenet.csv"),
        ("gamma", "picks.gamma.csv"),
        ("quakeml", "picks.xml"),
    ):
        picks.write(output / path, format=name)
    seconds["write"] = time.perf_counter() - began
    began = time.perf_counter()
    events, assignments = associate(picks, pandas.read_csv(options.stations))
    seconds["associate"] = time.perf_counter() - began
    print(
        f"{len(picks)} picks, {len(events)} events; "
        + ", ".join(f"{n} {s:.2f} s" for n, s in seconds.items())
    )
    if len(events):
        events.to_csv(output / "events.csv", index=False)
    for event in events.itertuples() if len(events) <= 20 else ():
        when = pandas.Timestamp(event.time, unit="s").isoformat(timespec="milliseconds")
        print(
            f"  {when}  {event.latitude:.3f} {event.longitude:.3f}  {event.depth:.0f} km  {event.picks} picks"
        )
    if options.reference:
        found = found_again(pandas.read_csv(options.reference, dtype={"event": str}), assignments)
        print(f"{sum(found.values())} of the {len(found)} reference events share half of their picks or more")


if __name__ == "__main__":
    main()
