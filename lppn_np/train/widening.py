"""A trained network as the beginning of one that is twice as wide and says nearly the same.

Each channel stands twice, and what reads it takes a part of its weight from either, as in Net2Net (Chen,
Goodfellow and Shlens, 2016, https://arxiv.org/abs/1511.05641). The parts are unequal and a little noise is
added: two equal channels would have equal gradients and stay equal for ever.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.errors import InputError
from lppn_np.model import LPPN

Array = NDArray[np.floating[Any]]

#: Of these the layers' inputs are known: one signal each, but for the heads.
_VARIANTS = ("paper", "deep")


def widen(model: LPPN, *, seed: int = 5, unequal: float = 0.2, noise: float = 0.015) -> LPPN:
    """Return a model with twice the features whose answers are nearly those of the given one.

    Parameters
    ----------
    model : LPPN
        Of the variants "paper" or "deep".
    seed : int
    unequal : float
        A weight w becomes (1/2 + u) w and (1/2 - u) w, u uniform between -unequal and unequal.
    noise : float
        Standard deviation of what is added to the weights of convolutions, in mean magnitudes of the tensor.
        With 0 the answers are the same up to rounding.

    Returns
    -------
    LPPN
        Without metadata, with the configuration of the given one but for ``features``.

    Raises
    ------
    InputError
        Another variant.
    """
    if model.config.variant not in _VARIANTS:
        raise InputError(
            f"the network is {model.config.variant!r}; one of {', '.join(_VARIANTS)} can be widened"
        )
    wide = LPPN(dataclasses.replace(model.config, features=2 * model.config.features))
    rng = np.random.default_rng(seed)
    tensors = {}
    for name, target in wide.tensors.items():
        narrow = model.tensors[name]
        # Three components stay three, and with them what reads and counts them.
        same = narrow.shape == target.shape
        tensors[name] = narrow.copy() if same else _widened(name, narrow, target.shape, rng, unequal, noise)
    return LPPN(wide.config, tensors)


def _widened(
    name: str, narrow: Array, shape: tuple[int, ...], rng: np.random.Generator, unequal: float, noise: float
) -> Array:
    out = np.concatenate([narrow, narrow]) if shape[0] == 2 * narrow.shape[0] else narrow
    if not name.endswith("weight") or "norm" in name or "depthwise" in name:
        return np.array(out)
    if shape[1] == 2 * narrow.shape[1]:
        share = 0.5 + unequal * rng.uniform(-1, 1, size=out.shape)
        # Heads read two signals side by side, features and context, and each of them is twice as wide.
        parts = 2 if "head" in name else 1
        pairs = zip(np.split(out, parts, axis=1), np.split(share, parts, axis=1), strict=True)
        out = np.concatenate([half for part, of in pairs for half in (part * of, part * (1 - of))], axis=1)
    added = noise * float(np.abs(narrow).mean()) * rng.normal(size=out.shape)
    return np.asarray(out + added, narrow.dtype)
