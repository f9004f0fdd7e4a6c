"""Segment labels: the class and offset of every arrival, and what nobody knows."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lppn_np.train.labels import UNLABELLED, segment_labels, unknown_ranges

STRIDES = st.sampled_from([8, 16, 32, 64, 128])
SAMPLES = st.lists(st.floats(-100, 3172, allow_nan=False), max_size=3)


@given(sample=st.floats(0, 3072, exclude_max=True), stride=STRIDES)
def test_an_arrival_is_its_segment_s_start_plus_its_offset(sample, stride):
    classes, offsets = segment_labels([sample], [], [], stride, 3072 // stride)
    (segment,) = np.flatnonzero(classes)
    assert segment == math.floor(sample / stride)
    assert 0 <= offsets[segment] < stride
    assert segment * stride + float(offsets[segment]) == pytest.approx(sample, abs=1e-5)


@given(p=SAMPLES, s=SAMPLES, stride=STRIDES)
def test_every_segment_follows_from_what_falls_into_it(p, s, stride):
    classes, offsets = segment_labels(p, s, [], stride, 3072 // stride)
    assert (classes.dtype, offsets.dtype) == (np.int8, np.float32)
    for segment, (label, offset) in enumerate(zip(classes, offsets, strict=True)):
        first = segment * stride
        inside = [sorted(a for a in phase if first <= a < first + stride) for phase in (p, s)]
        winner = (1, inside[0][0]) if inside[0] else (2, inside[1][0]) if inside[1] else (0, first)
        assert label == winner[0]
        assert offset == pytest.approx(winner[1] - first, abs=1e-4)


def test_p_wins_over_s_in_one_segment_and_the_earlier_over_the_later():
    classes, offsets = segment_labels([35.5, 40.0], [33.0], [], 16, 4)
    assert classes.tolist() == [0, 0, 1, 0]
    assert offsets.tolist() == [0, 0, 3.5, 0]


def test_an_offset_never_rounds_up_to_the_stride():
    sample = np.nextafter(16.0, 0.0)
    classes, offsets = segment_labels([sample], [], [], 16, 2)
    assert classes.tolist() == [1, 0]
    assert offsets[0] < 16


@given(
    ranges=st.lists(st.tuples(st.floats(-500, 3500), st.floats(-500, 3500)), max_size=3),
    p=SAMPLES,
    stride=STRIDES,
)
def test_segments_that_an_unknown_range_touches_are_unlabelled_unless_an_arrival_is_there(ranges, p, stride):
    classes, _ = segment_labels(p, [], ranges, stride, 3072 // stride)
    for segment, label in enumerate(classes):
        first, stop = segment * stride, (segment + 1) * stride
        if any(first <= a < stop for a in p):
            assert label == 1
        else:
            touched = any(max(a, first) < min(b, stop) for a, b in ranges)
            assert label == (UNLABELLED if touched else 0)


def test_other_class_numbers():
    classes, _ = segment_labels([1.0], [20.0], [], 8, 4, p_class=5, s_class=6)
    assert classes.tolist() == [5, 0, 6, 0]


@pytest.mark.parametrize(
    ("p", "s", "is_noise", "expected"),
    [
        (100.0, 200.0, False, []),
        (None, None, True, []),
        (None, None, False, [(0.0, 1000.0)]),
        (100.0, None, False, [(130.0, 1000.0)]),
        (None, 200.0, False, [(0.0, 200.0)]),
        (-50.0, None, False, [(0.0, 1000.0)]),
        (990.0, None, False, []),
        (None, 2000.0, False, [(0.0, 1000.0)]),
        (None, -5.0, False, []),
    ],
)
def test_a_missing_label_is_not_no_arrival(p, s, is_noise, expected):
    assert unknown_ranges(p, s, 1000, is_noise, after_p=30.0) == expected
