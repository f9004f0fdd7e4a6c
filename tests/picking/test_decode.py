"""Hand-made network output becomes candidates, and candidates become picks."""

import numpy as np

from lppn_np.picking.decode import Candidates, find_candidates, keep_pickable
from lppn_np.picking.duplicates import suppress_duplicates
from lppn_np.picking.samples import survey
from lppn_np.picking.windows import Windows, plan_windows

S = 16
ONE_WINDOW = plan_windows(512, 512, 0, 0)
HALF = np.array([np.nan, 0.5, 0.5])
KINDS = np.array([0, 1, 2])


def network_output(arrivals, n_windows=1, n_segments=32, n_classes=3):
    """Logits and offsets; ``arrivals`` are (window, class, segment, probability, offset)."""
    probability = np.full((n_windows, n_classes, n_segments), 1e-9)
    offsets = np.zeros((n_windows, n_segments))
    probability[:, 0] = 1
    for window, label, segment, value, offset in arrivals:
        probability[window, label, segment] = value
        probability[window, 0, segment] -= value
        offsets[window, segment] = offset
    return np.log(probability).astype(np.float32), offsets.astype(np.float32)


def decode(arrivals, windows=ONE_WINDOW, thresholds=HALF, which=None):
    which = np.arange(len(windows)) if which is None else np.array(which)
    logits, offsets = network_output(arrivals, len(which), windows.length // S)
    return find_candidates(logits, offsets, windows, which, thresholds)


def kept_where(found, pickable):
    """What is kept of a record that has data where ``pickable`` is true."""
    data = np.zeros((3, len(pickable)))
    data[:, ~pickable] = np.nan
    return keep_pickable(found, survey(data), 0)


# ---------------------------------------------------------------- candidates


def test_time_is_segment_start_plus_offset():
    found = decode([(0, 1, 3, 0.9, 5.25), (0, 2, 7, 0.6, 0.0)])
    assert found.label.tolist() == [1, 2]
    assert found.time.tolist() == [3 * S + 5.25, 7 * S]
    np.testing.assert_allclose(found.probability, [0.9, 0.6], rtol=1e-6)


def test_the_threshold_is_inclusive():
    logits = np.full((1, 3, 32), -1000.0)
    logits[0, 0] = 0
    logits[0, 1, 4] = 0  # two equal logits: probability exactly 1/2
    for threshold, n in ((0.5, 1), (np.nextafter(0.5, 1), 0)):
        limits = np.array([np.nan, threshold, 1.0])
        found = find_candidates(logits, np.zeros((1, 32)), ONE_WINDOW, np.array([0]), limits)
        assert len(found) == n


def test_each_class_has_its_threshold():
    arrivals = [(0, 1, 3, 0.4, 0), (0, 2, 9, 0.4, 0)]
    assert decode(arrivals, thresholds=np.array([np.nan, 0.3, 0.5])).label.tolist() == [1]
    assert decode(arrivals, thresholds=np.array([np.nan, 0.5, 0.3])).label.tolist() == [2]


def test_class_0_is_no_arrival():
    assert len(decode([])) == 0
    assert len(decode([], thresholds=np.array([0.1, 0.5, 0.5]))) == 0


def test_runs_of_segments_above_the_threshold():
    arrivals = [(0, 1, i, 0.8, 1) for i in (0, 1, 2, 5, 30, 31)] + [(0, 2, i, 0.7, 1) for i in (9, 10)]
    found = decode(arrivals)
    runs = set(zip(found.label.tolist(), found.begin.tolist(), found.end.tolist(), strict=True))
    assert runs == {(1, 0, 3 * S), (1, 5 * S, 6 * S), (1, 30 * S, 32 * S), (2, 9 * S, 11 * S)}
    assert found.begin.dtype == found.end.dtype == np.int64


def test_each_window_owns_its_part():
    windows = plan_windows(1024, 512, 128, 64)
    assert windows.starts.tolist() == [0, 384, 512]
    everywhere = [(w, 1, i, 0.9, 0) for w in range(3) for i in range(32)]
    found = decode(everywhere, windows)
    # 512 - 64 = 448 is where the first stops; 384 + 64 where the second starts; 1024 where the last stops.
    expected = np.concatenate([np.arange(0, 448, S), np.arange(448, 832, S), np.arange(576, 1024, S)])
    np.testing.assert_array_equal(np.sort(found.time), np.sort(expected))


def test_rows_of_a_batch_are_windows_by_index():
    windows = plan_windows(512 * 9, 512, 0, 0)
    found = decode([(0, 1, 2, 0.9, 1), (1, 1, 3, 0.9, 2)], windows, which=[5, 8])
    assert found.time.tolist() == [5 * 512 + 2 * S + 1, 8 * 512 + 3 * S + 2]


def test_times_keep_their_precision_after_30_days():
    start = 30 * 8_640_000 + 1
    windows = Windows(512, np.array([start]), np.array([start]), np.array([start + 512]))
    offset = np.float32(7.123)
    found = decode([(0, 1, 20, 0.9, offset)], windows)
    assert found.time.dtype == np.float64
    # float32 would be off by up to 8 samples.
    assert abs(found.time[0] / 100 - (start + 20 * S + 7.123) / 100) < 1e-4
    kept = suppress_duplicates(found, KINDS, 100.0)
    assert kept.time.dtype == np.float64
    assert kept.time[0] == found.time[0]


# ---------------------------------------------------------------- padding, gaps and ends


def test_padding_is_never_picked():
    windows = plan_windows(100, 512, 0, 0)
    found = decode([(0, 1, i, 0.9, 4) for i in range(32)], windows)
    kept = kept_where(found, np.ones(100, bool))
    assert kept.time.tolist() == [i * S + 4.0 for i in range(6)] + [99.0]
    assert set(kept.end.tolist()) == {100}


def test_gaps_are_never_picked():
    pickable = np.ones(512, bool)
    pickable[100:200] = False
    found = decode([(0, 1, i, 0.9, 3.5) for i in range(32)])
    kept = kept_where(found, pickable)
    expected = [i * S + 3.5 for i in range(32) if not 100 <= int(i * S + 3.5) < 200]
    assert kept.time.tolist() == expected


def test_an_offset_that_leads_into_a_gap_is_dropped_and_one_that_leads_out_is_kept():
    pickable = np.ones(512, bool)
    pickable[160:176] = False
    kept = kept_where(decode([(0, 1, 9, 0.9, 20.0), (0, 1, 10, 0.8, 20.0)]), pickable)
    assert kept.time.tolist() == [180.0]


def test_an_offset_that_leaves_the_record_is_pulled_back():
    found = decode([(0, 1, 0, 0.9, -7.5), (0, 2, 31, 0.9, 400.0)])
    kept = kept_where(found, np.ones(512, bool))
    assert kept.time.tolist() == [0.0, 511.0]
    assert kept.label.tolist() == [1, 2]


def test_nothing_to_join():
    nothing = Candidates.join([])
    assert len(nothing) == 0
    assert len(kept_where(nothing, np.ones(5, bool))) == 0
    assert len(suppress_duplicates(nothing, KINDS, 1.0)) == 0
