"""Why a pick was made, and how far the network sees: the two pictures of docs/inspection.md.

    python examples/look_inside.py [FOLDER]

Saliency and occlusion of the P arrival on obspy's example record, and the effective receptive field of the
bundled weights over made-up earthquakes and noise, beside that of the same network untrained.
"""

import sys
from pathlib import Path

import numpy as np
import obspy

import lppn_np
from lppn_np.data.synthetic import synthetic_record
from lppn_np.inspection import effective_field, locate, occlusion, saliency
from lppn_np.inspection.figures import plot_fields, plot_reasons
from lppn_np.network.receptive_field import reach
from lppn_np.picking.preprocess import network_input
from lppn_np.plotting import save_figure

ROOT = Path(__file__).resolve().parents[1]
N_WINDOWS = 16


def reasons(model, phase="P"):
    """Picture of what the first pick of a phase depends on."""
    stream = obspy.read()
    record = np.stack([stream.select(component=c)[0].data for c in model.component_order])
    pick = lppn_np.pick(record, model=model).select(phase=phase)[0]
    place = locate(model, record, pick.peak_time * model.sampling_rate, phase)
    found = saliency(model, place.x, place.target)
    silent = occlusion(model, place.x, place.target, width=32, step=4)
    seen = reach(model.network, "class_head", place.target.segment, model.in_samples)
    print(f"{phase} at {pick.peak_time:.2f} s, probability {place.value:.3f}, log-odds {found.value:.2f}")
    drop = silent.drops[3].max()
    worst = silent.starts[silent.drops[3].argmax()] / model.sampling_rate
    print(f"  silence of 0.32 s from {worst:.2f} s on costs the most: {drop:.2f} of the log-odds")
    title = f"What the {phase} at {pick.peak_time:.2f} s depends on (log-odds {found.value:.1f}), {model}"
    rate, order = model.sampling_rate, model.component_order
    return plot_reasons(found, silent, model.config.stride, rate, order, seen, title)


def windows_of_earthquakes(model, rng):
    """Windows of made-up earthquakes whose P stands in the middle."""
    half = model.in_samples // 2
    cut = []
    while len(cut) < N_WINDOWS:
        record = synthetic_record(rng, 4 * model.in_samples)
        first = round(record.p_sample) - half
        if first >= 0:
            cut.append(record.data[:, first : first + model.in_samples])
    return network_input(np.stack(cut), model.config)


def fields(model):
    """Picture of the effective receptive fields of the logit of P."""
    rng = np.random.default_rng(0)
    noise = network_input(rng.normal(size=(N_WINDOWS, 3, model.in_samples)), model.config)
    untrained = lppn_np.LPPN(model.config, seed=0)
    found = {
        "trained, P in the middle": effective_field(model, windows_of_earthquakes(model, rng)),
        "trained, noise": effective_field(model, noise),
        "untrained, noise": effective_field(untrained, noise),
    }
    for name, field in found.items():
        rate = model.sampling_rate
        words = ", ".join(f"{100 * s:.0f} % within {field.width(s) / rate:.2f} s" for s in (0.5, 0.95))
        print(f"{name}: {words}; theoretical {field.theoretical_width / rate:.2f} s")
    return plot_fields(found, model.sampling_rate, title=f"How far the logit of P sees: {model}")


def main() -> None:
    """Draw both."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "out"
    folder.mkdir(exist_ok=True)
    model = lppn_np.LPPN.from_pretrained()
    save_figure(reasons(model), folder / "inspection-pick.png")
    save_figure(fields(model), folder / "inspection-field.png")


if __name__ == "__main__":
    main()
