"""Pictures of real picks, easy and hard, and of failures: ``python -m lppn_np.bench.gallery DATA -o FOLDER``.

Nothing is chosen by hand. Of every set the rule takes the window with the strongest arrivals, the one in the
middle, the weakest arrival that was found, the strongest that was missed, and the most probable false pick.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np import LPPN
from lppn_np.api import load_model
from lppn_np.data import Dataset, open_dataset
from lppn_np.evaluation.observe import PHASES, Observation, observe
from lppn_np.optional import require
from lppn_np.picking.pipeline import Settings, probability_curves

WITHIN = 0.5
_COLOURS = {"P": "#0072b2", "S": "#d55e00"}
#: Sets, and what of each is shown.
SHOWN = {
    "ncedc_test100": ("strongest", "middle", "weakest found", "strongest missed", "most probable false pick"),
    "obst56": ("strongest", "weakest found", "strongest missed", "most probable false pick"),
}


@dataclass(frozen=True)
class Example:
    """A window to be shown."""

    title: str
    observation: Observation


def choose(observations: list[Observation], wanted: tuple[str, ...], rate: float) -> list[Example]:
    """Take the examples by the rule; one that does not exist is left out."""
    events = [o for o in observations if not o.entry.is_noise and o.entry.snr_db is not None]
    events.sort(key=lambda o: o.entry.snr_db or 0.0)
    found = [o for o in events if all(_right(o, phase, rate) for phase in PHASES if o.labels[phase])]
    missed = [o for o in events if not all(_right(o, phase, rate) for phase in PHASES if o.labels[phase])]
    false = sorted((_worst(o, rate), i) for i, o in enumerate(observations))
    choices = {
        "strongest": events[-1:],
        "middle": events[len(events) // 2 :],
        "weakest found": found,
        "strongest missed": missed[-1:],
        "most probable false pick": [observations[i] for probability, i in false[-1:] if probability > 0],
    }
    return [Example(name, choices[name][0]) for name in wanted if choices[name]]


def draw(example: Example, model: LPPN, dataset: Dataset, settings: Settings) -> Any:
    """Draw the three components with labels (dashed) and picks, and the probabilities below."""
    figure = require("matplotlib.figure", "plot").Figure(figsize=(9, 4.2), layout="constrained")
    observation, rate = example.observation, model.sampling_rate
    stop = observation.start + (observation.length or 0)
    data = dataset.read(observation.record).data[:, observation.start : stop]
    seconds = np.arange(data.shape[1]) / rate
    axes = figure.subplots(4, 1, sharex=True)
    for axis, row, component in zip(axes, data, model.component_order, strict=False):
        axis.plot(seconds, row / (np.nanmax(np.abs(row - np.nanmean(row))) or 1), color="#333333", lw=0.5)
        axis.set_ylabel(component, rotation=0, labelpad=12)
        axis.set_yticks([])
    curves = probability_curves(model, data, settings)
    times = (np.arange(curves.shape[1]) + 0.5) * model.config.stride / rate
    for phase in PHASES:
        axes[3].plot(times, curves[model.labels.index(phase)], color=_COLOURS[phase], lw=1.2, label=phase)
        for sample in observation.labels[phase]:
            for axis in axes[:3]:
                axis.axvline((sample - observation.start) / rate, color=_COLOURS[phase], ls="--", lw=1)
        for sample, probability in zip(*_picks(observation, phase, model), strict=True):
            at = (sample - observation.start) / rate
            for axis in axes[:3]:
                axis.axvline(at, color=_COLOURS[phase], lw=1.2)
            axes[3].annotate(f"{probability:.2f}", (at, min(1, probability)), fontsize=7, ha="left")
    axes[3].set_ylim(0, 1.05)
    axes[3].set_xlim(0, seconds[-1])
    axes[3].set_xlabel("s")
    axes[3].legend(loc="upper right", fontsize=8, frameon=False)
    snr = observation.entry.snr_db
    about = observation.entry.source + ("" if snr is None else f", {snr:.0f} dB")
    figure.suptitle(f"{example.title}: {about}", fontsize=10)
    return figure


def main() -> None:
    """Choose, draw and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--model", default="default")
    options = parser.parse_args()
    model = load_model(options.model)
    settings = Settings().resolve(model)
    events = open_dataset(options.data / "events")
    options.output.mkdir(parents=True, exist_ok=True)
    for source, wanted in SHOWN.items():
        dataset = events.select(source=source)
        survey = observe(model, dataset, settings, model.in_samples, 0)
        for example in choose(survey.observations, wanted, model.sampling_rate):
            name = f"{source}-{example.title.replace(' ', '-')}.png"
            draw(example, model, dataset, settings).savefig(options.output / name, dpi=80)
            print(options.output / name, flush=True)


def _right(observation: Observation, phase: str, rate: float) -> bool:
    samples, _ = observation.picks[phase]
    near = [
        abs(samples - label).min() <= WITHIN * rate for label in observation.labels[phase] if len(samples)
    ]
    return len(near) == len(observation.labels[phase]) and all(near)


def _worst(observation: Observation, rate: float) -> float:
    """Probability of the most probable pick that is judged and wrong."""
    worst = 0.0
    for phase in PHASES:
        if not observation.judges(phase):
            continue
        labels = np.array(observation.labels[phase], np.float64)
        for sample, probability in zip(*observation.picks[phase], strict=True):
            if not len(labels) or np.abs(labels - sample).min() > WITHIN * rate:
                worst = max(worst, float(probability))
    return worst


def _picks(observation: Observation, phase: str, model: LPPN) -> tuple[NDArray[Any], NDArray[Any]]:
    """Picks of a phase at the model's threshold."""
    samples, probability = observation.picks[phase]
    threshold = model.config.P_threshold if phase == "P" else model.config.S_threshold
    keep = probability >= threshold
    return samples[keep], probability[keep]


if __name__ == "__main__":
    main()
