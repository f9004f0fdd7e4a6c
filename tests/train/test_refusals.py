"""Records, noise and configurations that cannot work."""

import json
import math

import numpy as np
import pytest

from lppn_np.config import LPPNConfig
from lppn_np.errors import ConfigError, InputError
from lppn_np.train.augment import ArrayRecord, AugmentConfig, build_window
from lppn_np.train.augment_config import SWITCHES

CONFIG = LPPNConfig(stride=16)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.zeros((3, 5)),), "float64; a float32"),
        (([[0.0]],), "is list"),
        ((np.zeros((5, 3), np.float32),), r"shape \(5, 3\)"),
        ((np.zeros((3, 0), np.float32),), r"shape \(3, 0\)"),
        ((np.full((3, 5), np.inf, np.float32),), "infinity"),
        ((np.zeros((3, 5), np.float32), np.nan), "P is at sample nan"),
        ((np.zeros((3, 5), np.float32), 3.0, 2.0), "does not come after P"),
        ((np.zeros((3, 5), np.float32), 3.0, None, True), "is noise and has an arrival"),
    ],
)
def test_records_that_cannot_be_are_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        ArrayRecord(*arguments)


def test_noise_of_the_wrong_shape_is_refused(white):
    with pytest.raises(InputError, match="the noise has shape"):
        build_window(
            np.random.default_rng(0),
            white(1, 99),
            CONFIG,
            AugmentConfig.off(noise=1.0),
            np.zeros(9, np.float32),
        )


def test_a_configuration_survives_json():
    config = AugmentConfig(noise=0.7, gap_seconds=(0.5, 1.0))
    assert AugmentConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config


def test_off_is_off_and_a_switch_may_be_a_truth_value():
    off = AugmentConfig.off()
    assert not any(getattr(off, name) for name in SWITCHES)
    assert AugmentConfig.off(flip=True) == AugmentConfig.off(flip=1.0)
    assert AugmentConfig().clip == 0.0


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"flip": 1.5}, r"flip is 1.5; a probability in \[0, 1\]"),
        ({"flip": "often"}, "flip is 'often'; a finite number"),
        ({"noise": math.nan}, "noise is nan"),
        ({"noise_db": (30, 3)}, "noise_db is .* smallest and then largest are expected"),
        ({"noise_db": 10}, "two numbers"),
        ({"stretch_factor": (0.0, 1.0)}, "stretch_factor .* from 0.1 up"),
        ({"highpass_hz": (0, 1)}, "highpass_hz"),
        ({"clip_share": (0.5, 1.5)}, "shares of the maximum end at 1"),
        ({"gap_margin_seconds": -1.0}, "seconds >= 0"),
        ({"flipp": 1.0}, "unknown augmentation keys .'flipp'."),
    ],
)
def test_configurations_that_cannot_work_are_refused(values, message):
    with pytest.raises(ConfigError, match=message):
        AugmentConfig.from_dict(values)
