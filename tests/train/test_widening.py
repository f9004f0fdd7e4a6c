"""A widened network answers as the narrow one, and its twins can learn apart."""

import numpy as np
import pytest

from lppn_np import LPPN, LPPNConfig
from lppn_np.errors import InputError
from lppn_np.train.widening import widen

X = np.random.default_rng(0).normal(size=(2, 3, 3072)).astype(np.float32)


@pytest.mark.parametrize("name", ["default", "paper"])
def test_without_noise_the_answers_stay(name):
    narrow = LPPN.from_pretrained(name)
    wide = widen(narrow, noise=0.0)
    assert wide.config.features == 2 * narrow.config.features
    for one, other in zip(narrow.forward(X), wide.forward(X), strict=True):
        assert np.abs(one - other).max() <= 2e-5 * np.abs(one).max()


def test_twins_differ_where_they_are_read():
    wide = widen(LPPN.from_pretrained("paper"))
    weight = wide.tensors["features.2.expand.weight"]
    ours, theirs = np.split(weight, 2, axis=1)
    assert (np.abs(ours - theirs) > 0).mean() > 0.99
    assert np.array_equal(
        wide.tensors["class_head.bias"], LPPN.from_pretrained("paper").tensors["class_head.bias"]
    )


def test_it_depends_on_the_seed_alone():
    narrow = LPPN.from_pretrained("paper")
    assert widen(narrow).sha256 == widen(narrow, seed=5).sha256 != widen(narrow, seed=6).sha256


def test_another_variant_is_refused():
    with pytest.raises(InputError, match="'medium'; one of paper, deep"):
        widen(LPPN(LPPNConfig(variant="medium")))
