"""A trained weights file becomes one that comes with the package: ``python -m lppn_np.bench.bundle``.

It gets thresholds chosen on dev, its docstring, licence and recipe, and its scores on the test split.
"""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import Any

from lppn_np import LPPN
from lppn_np.bench.quality import at_thresholds_of, held_out_sets
from lppn_np.data import Dataset, open_dataset
from lppn_np.evaluation import evaluate

_FOLDER = Path(__file__).resolve().parents[1] / "lppn_np" / "pretrained_weights"


def bundle(model: LPPN, events: Dataset, neighbours: int, about: dict[str, Any]) -> LPPN:
    """Return the model as it is to be written.

    Parameters
    ----------
    model : LPPN
    events : Dataset
        With the splits dev and test.
    neighbours : int
        See :class:`lppn_np.LPPNConfig`.
    about : dict
        Docstring, licence, recipe.
    """
    config = dataclasses.replace(model.config, neighbours=neighbours)
    chosen = at_thresholds_of(LPPN(config, model.tensors), events.select(split="dev"))
    scores = {
        source: {
            name: round(phase.overall.scores[-1].f1, 3)
            for name, phase in evaluate(chosen, records).phases.items()
        }
        for source, records in held_out_sets(events).items()
    }
    kept: dict[str, Any] = {
        key: model.metadata[key] for key in ("training", "validation") if key in model.metadata
    }
    return LPPN(chosen.config, model.tensors, metadata={**about, **kept, "scores": scores})


def main() -> None:
    """Read, choose, score, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("weights", type=Path, help="what lppn-np train wrote")
    parser.add_argument("name", help="what from_pretrained will know it by")
    parser.add_argument("data", type=Path, help="folder with events/")
    parser.add_argument("--docstring", required=True)
    parser.add_argument("--recipe", required=True, help="how it was trained, as a command")
    parser.add_argument("--neighbours", type=int, default=1)
    options = parser.parse_args()
    about = {
        "docstring": options.docstring,
        "licence": "MIT",
        "source": {"recipe": options.recipe, "records": "train split of public collections: docs/models.md"},
    }
    events = open_dataset(options.data / "events")
    model = bundle(LPPN.load(options.weights), events, options.neighbours, about)
    path = _FOLDER / f"{options.name}.npz"
    model.save(path)
    print(f"{path}: {model}, thresholds {model.config.P_threshold:g} / {model.config.S_threshold:g}")
    print(model.metadata["scores"])


if __name__ == "__main__":
    main()
