"""Fine-tune the bundled weights on local picks: make a dataset, train a little, compare.

    python examples/fine_tune.py [--steps 40] [-o mine.npz]

The "local" records are made up here. For your own, replace :func:`local_records`: arrays (3, n_samples) of
E, N, Z at 100 Hz, with the samples of P and S (None where nobody has looked). Some hundreds of records are
worth the effort; with the few of this example, and its few steps, it only shows the way. Needs the extra
``train``.
"""

import argparse
import csv
import tempfile
from pathlib import Path

import h5py
import numpy as np

import lppn_np
from lppn_np.data import open_dataset
from lppn_np.data.synthetic import synthetic_record
from lppn_np.evaluation import evaluate
from lppn_np.train.config import TrainConfig
from lppn_np.train.run import train


def local_records(n_records: int):
    """Yield records with their picks: ``(data, p_sample, s_sample)``."""
    rng = np.random.default_rng(5)
    for _ in range(n_records):
        record = synthetic_record(rng, 4500, distance_km=rng.uniform(5, 40), snr_db=rng.uniform(5, 25))
        yield record.data, record.p_sample, record.s_sample


def write_dataset(folder: Path, records) -> Path:
    """Write SeisBench's layout; every fourth record is for choosing the weights (dev)."""
    folder.mkdir(parents=True)
    with h5py.File(folder / "waveforms.hdf5", "w") as waveforms, (folder / "metadata.csv").open("w") as file:
        waveforms["data_format/component_order"] = "ENZ"
        waveforms["data_format/dimension_order"] = "CW"
        waveforms["data_format/sampling_rate"] = 100.0
        rows = csv.writer(file)
        columns = ["trace_name", "split", "trace_category", "source_id"]
        rows.writerow([*columns, "trace_p_arrival_sample", "trace_s_arrival_sample"])
        for i, (data, p_sample, s_sample) in enumerate(records):
            name = f"record{i}"
            waveforms[f"data/{name}"] = data
            split = "dev" if i % 4 == 3 else "train"
            rows.writerow([name, split, "earthquake_local", f"event {i}", p_sample, s_sample])
    return folder


def main() -> None:
    """Make the dataset, fine-tune, compare before and after on the dev split."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--records", type=int, default=48)
    parser.add_argument("-o", "--output", type=Path, help="weights file to write")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        dataset = open_dataset(write_dataset(Path(scratch) / "local", local_records(options.records)))
        before = lppn_np.LPPN.from_pretrained()
        config = TrainConfig(
            steps=options.steps,
            batch_size=16,
            learning_rate=2e-4,  # a tenth of what a fresh network takes: the weights are good already
            warmup=options.steps // 4,
            validate_every=options.steps // 2,
        )
        output = options.output or Path(scratch) / "mine.npz"
        after = train(dataset, before, config, output, progress=False)
        for name, model in (("before", before), ("after", after)):
            report = evaluate(model, dataset.select(split="dev"))
            scores = {phase: report.phases[phase].overall.scores[-1].f1 for phase in "PS"}
            print(f"{name}: F1 within 0.5 s on the dev records: P {scores['P']:.2f}, S {scores['S']:.2f}")
    if options.output:
        print(f"lppn_np.pick(record, model={str(options.output)!r}) picks with the new weights")


if __name__ == "__main__":
    main()
