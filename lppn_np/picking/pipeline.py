"""One checked array through the whole chain."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from lppn_np.config import check_windowing
from lppn_np.engines.forward import ENGINES
from lppn_np.engines.threads import count_threads, share
from lppn_np.errors import InputError
from lppn_np.picking.decode import Candidates, keep_pickable
from lppn_np.picking.duplicates import suppress_duplicates
from lppn_np.picking.preprocess import added_code, common_maximum
from lppn_np.picking.samples import Samples, survey
from lppn_np.picking.stacking import STACKING, Stack
from lppn_np.picking.stages import Stage, Task, make_stage
from lppn_np.picking.windows import Windows, plan_windows

if TYPE_CHECKING:
    from lppn_np.model import LPPN

#: Seconds at either side of a gap without picks: the step from data to nothing looks like an arrival.
GAP_MARGIN = 0.5

Array = NDArray[np.floating[Any]]
Result = TypeVar("Result")
_REAL = (int, float, np.integer, np.floating)


@dataclass(frozen=True)
class Settings:
    """Everything that can be chosen for one run; None takes the model's own default."""

    P_threshold: float | None = None
    S_threshold: float | None = None
    overlap: int | None = None
    blinding: int | None = None
    min_distance: float | None = None
    batch_size: int = 64
    engine: str = "numba"
    n_threads: int = 1
    stacking: str = "max"

    def resolve(self, model: LPPN) -> Settings:
        """Fill in the model's defaults and check the result.

        Raises
        ------
        InputError, ConfigError
            A value that cannot work.
        """
        filled = dict(vars(self))
        for name in ("P_threshold", "S_threshold", "overlap", "blinding", "min_distance"):
            if filled[name] is None:
                filled[name] = getattr(model.config, name)
        settings = Settings(**filled)
        for name in ("P_threshold", "S_threshold"):
            if not isinstance(filled[name], _REAL) or not 0 < filled[name] <= 1:
                raise InputError(f"{name} is {filled[name]!r}; a probability in (0, 1] is expected")
        check_windowing(model.in_samples, filled["overlap"], filled["blinding"])
        if not isinstance(filled["min_distance"], _REAL) or not 0 <= filled["min_distance"] < math.inf:
            raise InputError(f"min_distance is {filled['min_distance']!r}; seconds >= 0 are expected")
        if self.engine not in ENGINES:
            raise InputError(f"engine is {self.engine!r}; expected one of {ENGINES}")
        if self.stacking not in STACKING:
            raise InputError(f"stacking is {self.stacking!r}; expected one of {STACKING}")
        count_threads(self.n_threads)
        if not isinstance(self.batch_size, int) or self.batch_size < 1:
            raise InputError(f"batch_size is {self.batch_size!r}; a whole number of windows >= 1 is expected")
        return settings


def find_arrivals(model: LPPN, data: Array | Samples, settings: Settings) -> Candidates:
    """Arrivals of a record in order of time.

    Parameters
    ----------
    model : LPPN
    data : Samples, or ndarray, shape (3, n_samples)
        Rows in the model's component order, at its sampling rate; NaN where there is no data.
    settings : Settings
        Resolved.

    Raises
    ------
    InputError
        An infinite sample in an array.
    """
    task = _plan(model, data, settings)
    found = keep_pickable(candidates_in(model, task, settings), task.samples, gap_margin(model))
    return choose(model, found, settings)


def candidates_in(model: LPPN, task: Task, settings: Settings) -> Candidates:
    """All candidates of a task's windows, several of one arrival and those beside gaps among them."""
    if settings.stacking == "max":
        return Candidates.join(_in_batches(model, task, settings, lambda stage, *batch: stage.decode(*batch)))
    stack, lock = _stack(model, task, settings), threading.Lock()

    def use(stage: Stage, *batch: Any) -> tuple[Candidates, NDArray[np.intp]]:
        found = stage.decode(*batch)
        with lock:
            stack.add(*batch)
        return found, stack.segments(found, *batch)

    parts = _in_batches(model, task, settings, use)
    segments = np.concatenate([np.empty(0, np.intp), *(part[1] for part in parts)])
    return stack.weigh(Candidates.join([part[0] for part in parts]), segments, task.thresholds)


def gap_margin(model: LPPN) -> int:
    """Samples at either side of a gap without picks."""
    return round(GAP_MARGIN * model.sampling_rate)


def choose(model: LPPN, found: Candidates, settings: Settings) -> Candidates:
    """One candidate an arrival, the most probable, in order of time."""
    kind = np.array([ord(label[0]) for label in model.labels])
    assert settings.min_distance is not None
    return suppress_duplicates(found, kind, settings.min_distance * model.sampling_rate, model.config.stride)


def probability_curves(model: LPPN, data: Array | Samples, settings: Settings) -> Array:
    """Class probabilities (n_classes, ceil(n / S)) of a record's segments; NaN without data.

    Where windows overlap, the largest counts, or the mean, as ``settings.stacking`` says.
    """
    task = _plan(model, data, settings)
    stack, lock = _stack(model, task, settings), threading.Lock()

    def use(_: Stage, *batch: Any) -> None:
        with lock:
            stack.add(*batch)

    _in_batches(model, task, settings, use)
    return stack.curves()


def _stack(model: LPPN, task: Task, settings: Settings) -> Stack:
    n_classes = model.config.n_classes
    n_samples = task.samples.n_samples
    shape = (n_samples, n_classes, task.stride, task.neighbours)
    return Stack(task.windows, *shape, task.weights, settings.stacking)


def _threshold(label: str, settings: Settings) -> float:
    value = settings.S_threshold if label.startswith("S") else settings.P_threshold
    assert value is not None
    return value


def _plan(model: LPPN, data: Array | Samples, settings: Settings) -> Task:
    assert settings.overlap is not None
    assert settings.blinding is not None
    samples = data if isinstance(data, Samples) else survey(data)
    overlap, stride = settings.overlap, model.config.stride
    if settings.stacking == "avg":  # the segments of all windows but the last must lie on each other
        overlap = model.in_samples - max((model.in_samples - overlap) // stride, 1) * stride
    windows = plan_windows(samples.n_samples, model.in_samples, overlap, settings.blinding)
    return make_task(model, samples, windows, settings)


def make_task(model: LPPN, samples: Samples, windows: Windows, settings: Settings) -> Task:
    """What is looked for in those windows of a record; ``settings`` are resolved."""
    fair = -(-len(windows) // count_threads(settings.n_threads))  # few windows: some for every thread
    return Task(
        samples,
        windows,
        added_code(model.config, model.in_samples),
        common_maximum(model.config),
        np.array([_threshold(label, settings) for label in model.labels], np.float64),
        model.config.stride,
        min(settings.batch_size, fair),
        model.config.neighbours,
        np.array([model.config.weight_of(label) for label in model.labels], np.float64),
    )


def _in_batches(model: LPPN, task: Task, settings: Settings, use: Callable[..., Result]) -> list[Result]:
    """Call ``use(stage, logits, offsets, which)`` for batches of windows; the results in their order.

    A window that is constant or empty on all components is left out. Every thread takes whole batches and
    has its own buffers.
    """
    n_windows = len(task.windows)
    results: dict[int, Result] = {}
    idle: list[Stage] = []

    def work(batch: int) -> None:
        stage = idle.pop() if idle else make_stage(settings.engine, task)
        first = batch * task.batch_size
        x, which = stage.prepare(np.arange(first, min(first + task.batch_size, n_windows)))
        if len(x):
            logits, offsets = model.forward(x, settings.engine, 1)
            results[batch] = use(stage, logits, offsets, which)
        idle.append(stage)

    share(work, -(-n_windows // task.batch_size), settings.n_threads)
    return [results[batch] for batch in sorted(results)]
