"""Pick the record that comes with obspy, print the picks and draw them (``make pick`` runs this).

The record: 30 s of a small local earthquake at station RJOB in Bavaria, three components, 100 Hz.
"""

from pathlib import Path

import obspy

import lppn_np
from lppn_np.picking.pipeline import Settings, probability_curves
from lppn_np.plotting import plot_record, save_figure
from lppn_np.waveforms import records_from_stream

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "out" / "first_pick.png"

#: Earliest and latest pick of five published pickers on this record, in seconds after its first sample.
OTHERS = {"P": (4.68, 4.70), "S": (5.64, 5.67)}


def draw(record, model, arrivals) -> None:
    """Write the picture: three components, the picks, the probability of each segment."""
    settings = Settings().resolve(model)
    curves = probability_curves(model, record.data, settings)[1:]  # without "no arrival"
    figure = plot_record(
        record.data,
        record.sampling_rate,
        model.component_order,
        arrivals,
        dict(zip(model.labels[1:], curves, strict=True)),
        model.config.stride,
        f"{record.trace_id}.{record.instrument}  {record.starttime}",
        {"P": settings.P_threshold, "S": settings.S_threshold},
    )
    PICTURE.parent.mkdir(exist_ok=True)
    save_figure(figure, PICTURE)


def main() -> None:
    """Pick, print, draw."""
    model = lppn_np.LPPN.from_pretrained()
    stream = obspy.read()
    record = records_from_stream(stream, model.component_order)[0]
    arrivals = [
        (pick.peak_time - record.starttime, pick.phase, pick.peak_value)
        for pick in lppn_np.pick(stream, model=model)
    ]
    print(f"{model} on {record.trace_id}.{record.instrument}, seconds after the first sample:")
    for time, phase, probability in arrivals:
        first, last = OTHERS[phase]
        others = f"five published pickers: {first:.2f} to {last:.2f}"
        print(f"  {phase} {time:.2f}  probability {probability:.2f}  ({others})")
    draw(record, model, arrivals)
    print(f"Picture: {PICTURE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
