"""A training step beside PyTorch's: ``python -m lppn_np.bench.training [--json FILE]``.

One step is forward with batch statistics, the paper's loss, backward and SGD with momentum, on 32 windows of
3072 samples. Both sides get the same weights and windows; loss and gradients are compared before anything
is timed. Each pair runs in a process of its own, with the same number of threads for both.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import platform
import resource
import sys
from pathlib import Path
from typing import Any

import numpy as np

from lppn_np import LPPN, LPPNConfig
from lppn_np.bench.timing import interleaved
from lppn_np.engines.threads import Team
from lppn_np.gradients.compiled import TrainingPass
from lppn_np.gradients.labels import Labels
from lppn_np.optional import require
from lppn_np.train.config import TrainConfig
from lppn_np.train.state import State
from lppn_np.train.stepping import make_optimiser, take_step

WINDOWS, SAMPLES = 32, 3072
NETWORKS = ((16, 8), (8, 8))


class Problem:
    """Weights, windows and labels that both sides start from."""

    def __init__(self, stride: int, features: int) -> None:
        rng = np.random.default_rng(0)
        self.model = LPPN(LPPNConfig(stride=stride, features=features), seed=1)
        self.x = rng.normal(size=(WINDOWS, 3, SAMPLES)).astype(np.float32)
        shape = (WINDOWS, SAMPLES // stride)
        self.classes = rng.integers(0, 3, shape)
        self.offsets = rng.uniform(0, stride, shape)

    @property
    def labels(self) -> Labels:
        """As our side takes them."""
        return Labels(self.classes, self.offsets, np.ones(3))


def our_step(problem: Problem, team: Team) -> Any:
    """Return the function that takes one step with the compiled units."""
    network, config = (
        problem.model.network,
        TrainConfig(optimiser="sgd", schedule="constant", warmup=0, learning_rate=1e-5),
    )
    training = TrainingPass(network, WINDOWS, SAMPLES, np.float32, team)
    state = State({name: tensor.copy() for name, tensor in problem.model.tensors.items()})
    optimiser, labels = make_optimiser(config), problem.labels
    return lambda: take_step(state, optimiser, training, config, problem.x, labels)


def torch_step(problem: Problem) -> Any:
    """Return the function that takes one step with PyTorch, eager."""
    torch = require("torch", "torch")
    from lppn_np.weights_import import to_state_dict
    from lppn_np.weights_import.torch_reference import build_reference

    config = problem.model.config
    network = build_reference(config.variant, config.stride, config.features)
    network.load_state_dict(to_state_dict(problem.model))
    network.train()
    optimiser = torch.optim.SGD(network.parameters(), lr=1e-5, momentum=0.9)
    x, classes = torch.from_numpy(problem.x), torch.from_numpy(problem.classes)
    targets, arrivals = torch.from_numpy(problem.offsets).float(), torch.from_numpy(problem.classes > 0)

    def step() -> float:
        optimiser.zero_grad()
        logits, offsets = network(x)
        loss = torch.nn.functional.cross_entropy(logits, classes, reduction="sum")
        loss = (loss + 0.1 * ((offsets - targets)[arrivals] ** 2).sum()) / WINDOWS
        loss.backward()
        optimiser.step()
        return float(loss.detach())

    return step


def compare(stride: int, features: int, threads: int, rounds: int) -> dict[str, Any]:
    """Check that both sides agree, before and after a step, then time them.

    The second loss shows the first gradient. Later ones drift apart in float32, as they do between two
    machines: untrained weights amplify rounding; in float64 the tests follow a hundred steps.
    """
    require("torch", "torch").set_num_threads(threads)
    with Team(threads) as team:
        problem = Problem(stride, features)
        ours, theirs = our_step(problem, team), torch_step(problem)
        losses = [(ours(), theirs()) for _ in range(2)]
        first, second = (abs(a - b) / abs(b) for a, b in losses)
        if first > 1e-5 or second > 1e-3:
            raise RuntimeError(f"the losses of the two sides differ: {losses}")
        timings = interleaved({"lppn-np": ours, "PyTorch eager": theirs}, rounds)
    return {
        "stride": stride,
        "features": features,
        "threads": threads,
        "loss_differences": [first, second],
        "seconds": {name: vars(timing) for name, timing in timings.items()},
        "ratio": timings["PyTorch eager"].median / timings["lppn-np"].median,
    }


def peak_memory(side: str, stride: int, features: int) -> float:
    """Peak resident memory (MB) that three steps of one side add to a process that has imported it."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_added_memory, (side, stride, features))


def _added_memory(side: str, stride: int, features: int) -> float:
    problem = Problem(stride, features)
    with Team(1) as team:
        if side != "lppn-np":
            require("torch", "torch").set_num_threads(1)
        before = _peak()
        step = our_step(problem, team) if side == "lppn-np" else torch_step(problem)
        for _ in range(3):
            step()
    return _peak() - before


def _peak() -> float:
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def main() -> None:
    """Run the table and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", type=Path, help="write the figures there too")
    options = parser.parse_args()
    spawn = multiprocessing.get_context("spawn")
    rows = []
    print(f"{'network':<12} {'threads':>7} {'lppn-np':>10} {'PyTorch':>10} {'ratio':>6}")
    for stride, features in NETWORKS:
        for threads in options.threads:
            with spawn.Pool(1) as pool:  # thread pools of both sides are fresh
                row = pool.apply(compare, (stride, features, threads, options.rounds))
            rows.append(row)
            ours, theirs = (row["seconds"][name]["median"] * 1e3 for name in ("lppn-np", "PyTorch eager"))
            name = f"S={stride} n={features}"
            print(
                f"{name:<12} {threads:>7} {ours:>7.1f} ms {theirs:>7.1f} ms {row['ratio']:>6.2f}", flush=True
            )
    memory = {
        f"S={s} n={n}": {side: peak_memory(side, s, n) for side in ("lppn-np", "PyTorch eager")}
        for s, n in NETWORKS
    }
    for name, sides in memory.items():
        print(f"{name:<12} peak memory of a step, MB: " + ", ".join(f"{k} {v:.0f}" for k, v in sides.items()))
    if options.json:
        machine = {
            "processor": platform.processor() or platform.machine(),
            "python": platform.python_version(),
        }
        options.json.write_text(
            json.dumps({"machine": machine, "steps": rows, "memory_mb": memory}, indent=1)
        )


if __name__ == "__main__":
    main()
