"""Occlusion: how a number of the output changes when a stretch of the record is silenced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.errors import InputError
from lppn_np.inspection.sensitivity import one_window
from lppn_np.inspection.targets import Target
from lppn_np.picking.preprocess import added_code

if TYPE_CHECKING:
    from lppn_np.model import LPPN

Array = NDArray[np.floating[Any]]

#: Windows computed at once: their copies stay small (64 of 3072 samples, 2.4 MB).
_AT_ONCE = 64
#: Components that are silenced together.
_ROWS = (slice(0, 1), slice(1, 2), slice(2, 3), slice(0, 3))


@dataclass(frozen=True, eq=False)
class Occlusion:
    """What silence does to one number of the output.

    Attributes
    ----------
    target : Target
    value : float
        Of the target, nothing silenced.
    starts : ndarray of int64, shape (n,)
        First sample of every silenced stretch.
    width : int
        Samples of a stretch; the window's end may cut it off.
    values : ndarray, shape (4, n)
        Of the target with the stretch silenced: on each component alone, and last on all three.
    """

    target: Target
    value: float
    starts: NDArray[np.int64]
    width: int
    values: Array

    @property
    def drops(self) -> Array:
        """By how much the value falls, shape (4, n): positive where the network needs what was silenced."""
        drops: Array = self.value - self.values
        return drops


def occlusion(
    model: LPPN,
    x: Array,
    target: Target,
    *,
    width: int = 64,
    step: int = 16,
    engine: str = "numba",
    n_threads: int = 1,
) -> Occlusion:
    """Silence one stretch of a window after the other and see what becomes of a number of the output.

    A silent sample is what the network gets where a record is 0: nothing, or the phase code alone. The window
    is not normalised again, so that silence changes the stretch and nothing else.

    Parameters
    ----------
    model : LPPN
    x : ndarray, shape (3, T) or (1, 3, T), float32 or float64
        The window as the network sees it (:func:`lppn_np.picking.preprocess.network_input`).
    target : Target
    width, step : int
        Samples of a stretch, and from one to the next.
    engine : {"numba", "layers", "numpy"}
    n_threads : int
        Threads that share the windows.

    Raises
    ------
    InputError, ConfigError
        A wrong shape, type or length, a width or step below 1, a target that the window does not have.
    """
    for name, number in (("width", width), ("step", step)):
        if not isinstance(number, int | np.integer) or isinstance(number, bool) or number < 1:
            raise InputError(f"{name} is {number!r}; a whole number of samples >= 1 is expected")
    x = one_window(x)
    logits, offsets = model.forward(x, engine)
    n_samples = x.shape[2]
    target.check(model, n_samples)
    here = target.of(logits, offsets)
    silence = added_code(model.config, n_samples).astype(x.dtype)
    starts = np.arange(0, n_samples, step, dtype=np.int64)
    places = [(rows, start) for rows in _ROWS for start in starts]
    values = []
    for first in range(0, len(places), _AT_ONCE):
        some = places[first : first + _AT_ONCE]
        batch = np.repeat(x, len(some), axis=0)
        for window, (rows, start) in zip(batch, some, strict=True):
            window[rows, start : start + width] = silence[rows, start : start + width]
        values.append(target.of(*model.forward(batch, engine, n_threads)))
    found = np.concatenate(values).reshape(len(_ROWS), len(starts))
    return Occlusion(target, float(here[0]), starts, width, found)
