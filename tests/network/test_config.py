"""What a configuration refuses, what it fills in, and its way to JSON and back."""

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lppn_np import ConfigError, LPPNConfig, LPPNError


@pytest.mark.parametrize(
    ("variant", "stride", "features", "in_samples", "n_classes"),
    [
        ("paper", 16, 8, 3072, 3),
        ("deep", 16, 8, 3072, 3),
        ("tiny", 8, 4, 6144, 3),
        ("medium", 8, 8, 6144, 7),
        ("large", 8, 16, 6144, 3),
    ],
)
def test_defaults_of_the_variants(variant, stride, features, in_samples, n_classes):
    config = LPPNConfig(variant=variant)
    assert (config.stride, config.features, config.in_samples) == (stride, features, in_samples)
    assert config.n_classes == len(config.labels) == n_classes
    assert config.labels[0] == "N"


REFUSED = [
    ({"variant": "huge"}, "unknown variant 'huge'; known are paper, deep, tiny, medium, large"),
    ({"stride": 7}, "stride is 7; the paper's network exists for (8, 16, 32, 64, 128)"),
    ({"stride": 0}, "stride is 0;"),
    ({"stride": 16.0}, "stride is 16.0; a whole number is expected"),
    ({"stride": True}, "stride is True; a whole number is expected"),
    ({"features": 0}, "features is 0; at least 1 is needed"),
    ({"features": -4}, "features is -4;"),
    ({"features": True}, "features is True; a whole number is expected"),
    ({"features": 2.5}, "features is 2.5; a whole number is expected"),
    ({"features": "8"}, "features is '8'; a whole number is expected"),
    ({"variant": "tiny", "stride": 16}, "variant 'tiny' has stride 8 and 4 features, not 16 and 4"),
    ({"variant": "large", "features": 8}, "variant 'large' has stride 8 and 16 features, not 8 and 8"),
    ({"in_samples": 3000}, "a window of 3000 samples does not fit stride 16"),
    ({"in_samples": 0}, "a multiple of 128 is needed"),
    ({"in_samples": -128}, "a multiple of 128 is needed"),
    ({"in_samples": 3072.0}, "in_samples is 3072.0; a whole number is expected"),
    ({"stride": 128, "in_samples": 3200}, "a multiple of 1024 is needed"),
    ({"variant": "deep", "in_samples": 3200}, "a multiple of 512 is needed"),
    ({"variant": "deep", "stride": 7}, "stride is 7; the paper's network exists for"),
    ({"phase_code": 1}, "phase_code is 1; True or False is expected"),
    ({"component_order": "ENX"}, "component_order is 'ENX'; a permutation of 'ENZ'"),
    ({"component_order": "ENZZ"}, "component_order is 'ENZZ';"),
    ({"sampling_rate": 0}, "sampling_rate is 0; a positive number of Hz"),
    ({"sampling_rate": float("nan")}, "sampling_rate is nan;"),
    ({"P_threshold": 0}, "P_threshold is 0; a probability in (0, 1]"),
    ({"P_threshold": 1.01}, "P_threshold is 1.01;"),
    ({"S_threshold": -0.1}, "S_threshold is -0.1;"),
    ({"S_threshold": float("nan")}, "S_threshold is nan;"),
    ({"overlap": 3072}, "overlap is 3072 samples; 0 <= overlap < 3072"),
    ({"overlap": -1}, "overlap is -1 samples;"),
    ({"overlap": 0.5}, "overlap is 0.5; a whole number is expected"),
    ({"overlap": 511}, "blinding is 256 samples; twice that must fit the overlap of 511"),
    ({"blinding": 513}, "blinding is 513 samples; twice that must fit the overlap of 1024"),
    ({"blinding": -1}, "blinding is -1 samples;"),
    ({"in_samples": 1024}, "overlap is 1024 samples; 0 <= overlap < 1024"),
    ({"min_distance": -1}, "min_distance is -1; seconds >= 0"),
    ({"min_distance": float("inf")}, "min_distance is inf;"),
]


@pytest.mark.parametrize(("wrong", "message"), REFUSED, ids=[str(wrong) for wrong, _ in REFUSED])
def test_what_cannot_work_is_refused_by_name(wrong, message):
    with pytest.raises(ConfigError) as caught:
        LPPNConfig(**wrong)
    assert message in str(caught.value)
    assert isinstance(caught.value, LPPNError)
    assert isinstance(caught.value, ValueError)
    with pytest.raises(ConfigError):
        LPPNConfig.from_dict(wrong)


@pytest.mark.parametrize(
    "fits", [{"overlap": 0, "blinding": 0}, {"overlap": 512, "blinding": 256}, {"overlap": 3071}]
)
def test_the_last_values_that_fit(fits):
    assert {name: getattr(LPPNConfig(**fits), name) for name in fits} == fits


@pytest.mark.parametrize(("stride", "in_samples"), [(8, 3072), (32, 3072), (64, 4096), (128, 4096)])
def test_the_deep_variant_takes_a_window_that_it_can_halve(stride, in_samples):
    assert LPPNConfig(variant="deep", stride=stride).in_samples == in_samples


configurations = st.builds(
    LPPNConfig,
    variant=st.sampled_from(["paper", "deep"]),
    stride=st.sampled_from([8, 16, 32, 64, 128]),
    features=st.integers(1, 40),
    phase_code=st.booleans(),
    component_order=st.permutations("ENZ").map("".join),
    P_threshold=st.floats(0.01, 1),
    overlap=st.integers(512, 3071),
    min_distance=st.floats(0, 100),
) | st.builds(
    LPPNConfig, variant=st.sampled_from(["tiny", "medium", "large"]), sampling_rate=st.floats(1, 500)
)


@given(configurations)
def test_round_trip_through_json(config):
    values = json.loads(json.dumps(config.to_dict()))
    again = LPPNConfig.from_dict(values)
    assert again == config
    assert again.to_dict() == values
    assert set(values) == {field.name for field in dataclasses.fields(LPPNConfig)}


def test_from_dict_names_unknown_keys():
    with pytest.raises(ConfigError, match=r"unknown configuration keys \['colour', 'strides'\]; known are"):
        LPPNConfig.from_dict({"strides": 8, "stride": 8, "colour": "red"})


def test_from_dict_turns_a_wrong_type_into_a_config_error():
    for wrong in ({"P_threshold": "high"}, {"sampling_rate": None}, {"component_order": 3}):
        with pytest.raises(ConfigError, match=r"expected"):
            LPPNConfig.from_dict(wrong)
        with pytest.raises(ConfigError, match=r"expected"):
            LPPNConfig(**wrong)


def test_a_configuration_is_frozen_and_takes_no_unknown_keyword():
    config = LPPNConfig()
    with pytest.raises(dataclasses.FrozenInstanceError):
        config.stride = 8
    with pytest.raises(TypeError, match="strides"):
        LPPNConfig(strides=8)
    with pytest.raises(TypeError, match="positional"):
        LPPNConfig("paper")


@pytest.mark.parametrize("stride", [8, 16, 32, 64, 128])
def test_length_of_a_window(stride):
    config = LPPNConfig(stride=stride)
    for n_samples in (8 * stride, 80 * stride):
        config.check_length(n_samples)
    for n_samples in (0, -8 * stride, 4 * stride, 8 * stride - 1, 8 * stride + 1, 12 * stride):
        with pytest.raises(ConfigError, match=f"a multiple of {8 * stride} is needed"):
            config.check_length(n_samples)
