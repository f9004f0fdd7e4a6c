"""One training step: gradients, clipping, optimiser, running statistics, average."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.gradients.compiled import TrainingPass
from lppn_np.gradients.labels import Labels
from lppn_np.train.config import TrainConfig, learning_rate
from lppn_np.train.optimisers import SGD, Adam, Optimiser, clip_gradients
from lppn_np.train.state import State

#: Share of a batch's statistics in the running ones (PyTorch's default).
_MOMENTUM = 0.1


def make_optimiser(config: TrainConfig) -> Optimiser:
    """Return the optimiser of a configuration, without memory."""
    if config.optimiser == "adam":
        return Adam(weight_decay=config.weight_decay)
    return SGD(config.momentum, config.nesterov, config.weight_decay)


def take_step(
    state: State,
    optimiser: Optimiser,
    training: TrainingPass,
    config: TrainConfig,
    x: NDArray[Any],
    labels: Labels,
) -> float:
    """Change ``state`` by one batch and return the loss a window, before the step.

    The gradient is that of the mean over windows of the paper's summed loss.
    """
    result = training.run(state.tensors, x, labels)
    gradients = {n: g / g.dtype.type(len(x)) for n, g in result.gradients.items() if not _frozen(n, config)}
    if config.clip_norm:
        clip_gradients(gradients, config.clip_norm)
    optimiser.step(state.tensors, gradients, learning_rate(config, state.step))
    for norm, (mean, var) in result.statistics.items():
        if not _frozen(f"{norm}.", config):
            count = x.shape[0] * training.times_of(norm)
            _update_running(state.tensors, norm, mean, var * count / max(1, count - 1))
    # At first the average reaches back a tenth of the steps only, or the untrained weights would stay in it.
    decay = min(config.average, (1 + state.step) / (10 + state.step))
    for name, average in state.average.items():
        average += average.dtype.type(1 - decay) * (state.tensors[name] - average)
    state.step += 1
    return result.loss / len(x)


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold Ctrl-C back until the end of the block: a state saved in the middle of a step is of no use."""
    ours = threading.current_thread() is threading.main_thread()
    if not ours or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    asked: list[int] = []
    signal.signal(signal.SIGINT, lambda number, frame: asked.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if asked:
        raise KeyboardInterrupt


def _update_running(tensors: dict[str, NDArray[Any]], norm: str, mean: Any, var: Any) -> None:
    """As PyTorch keeps them: an exponential average, of the unbiased variance."""
    for part, value in (("running_mean", mean), ("running_var", var)):
        running = tensors[f"{norm}.{part}"]
        kept = running.dtype.type(1 - _MOMENTUM) * running
        running[:] = kept + running.dtype.type(_MOMENTUM) * np.asarray(value, running.dtype)


def _frozen(name: str, config: TrainConfig) -> bool:
    return any(name.startswith(prefix) for prefix in config.freeze)
