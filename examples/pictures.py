"""The pictures of the tour: a station, a network, hours of one station, residuals.

    python examples/pictures.py FOLDER [--reference PICKS.csv] [--from TIME --to TIME] [-o OUTPUT]

FOLDER holds MiniSEED files of a network. Without arguments it is made up. Needs the extras ``waveforms`` and
``plot``.
"""

import argparse
import csv
import tempfile
from pathlib import Path

import obspy

import lppn_np
from lppn_np.plotting import panels_of, plot_residuals, plot_section, save_figure
from lppn_np.waveforms import read_stream


def read_reference(path: Path) -> lppn_np.PickList:
    """Read picks of somebody else: station, phase, time."""
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    times = [obspy.UTCDateTime(row["time"]) for row in rows]
    return lppn_np.PickList(
        lppn_np.Pick(row["station"], time, time, time, 1.0, row["phase"])
        for row, time in zip(rows, times, strict=True)
    )


def draw(stream, picks, model, span, output: Path) -> None:
    """Write the pictures of a Stream and its picks."""
    first = stream[0].stats
    station = stream.select(network=first.network, station=first.station)
    save_figure(picks.plot(station, kind="day"), output / "hours.png")
    window = stream.slice(*span)
    one = window.select(network=first.network, station=first.station)
    save_figure(picks.plot(one, model=model), output / "station.png")
    # By the first arrival: the nearest station is at the bottom.
    panels = panels_of(window, picks)
    early = {panel.trace_id: min((a[0] for a in panel.arrivals), default=0.0) for panel in panels}
    ordered = sorted(panels, key=lambda panel: early[panel.trace_id])
    save_figure(plot_section(ordered, keep_order=True), output / "section.png")


def main() -> None:
    """Read, pick, draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--reference", type=Path)
    parser.add_argument("--from", dest="first", type=obspy.UTCDateTime)
    parser.add_argument("--to", dest="last", type=obspy.UTCDateTime)
    parser.add_argument("-o", "--output", type=Path, default=Path(__file__).resolve().parents[1] / "out")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        if options.folder is None:
            from made_up_network import EVENTS, START, make_network

            options.folder = make_network(Path(scratch))
            options.first, options.last = START + EVENTS[0][3] - 10, START + EVENTS[0][3] + 30
        stream = read_stream(sorted(options.folder.glob("*.mseed")))
    model = lppn_np.LPPN.from_pretrained()
    picks = lppn_np.pick(stream, model=model)
    options.output.mkdir(parents=True, exist_ok=True)
    draw(stream, picks, model, (options.first, options.last), options.output)
    if options.reference:
        save_figure(
            plot_residuals(picks, read_reference(options.reference)), options.output / "residuals.png"
        )
    print(f"{len(picks)} picks; pictures in {options.output}")


if __name__ == "__main__":
    main()
