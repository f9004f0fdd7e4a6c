"""The readers on real records, in both layouts."""

import collections

import h5py
import numpy as np
import pytest

from lppn_np.data import join, open_dataset

#: Records, with P, with S, noise: as described beside the data.
SOURCES = {
    "ridgecrest_scsn56": (1497, 1475, 1128, 0),
    "uturuncu_auto": (627, 567, 114, 0),
    "alpinefault_nz": (293, 219, 182, 0),
    "seisdae_stead": (211, 211, 211, 0),
    "webnet151_250hz": (151, 151, 151, 0),
    "martinique_get": (135, 117, 97, 13),
    "diting112_50hz": (112, 112, 112, 0),
    "deepdenoiser99": (99, 99, 0, 0),
    "seisdae_noise": (198, 0, 0, 198),
    "ncedc_test100": (100, 100, 100, 0),
    "obst56": (65, 37, 37, 28),
}


@pytest.fixture(scope="module")
def events(shared_data):
    return open_dataset(shared_data("events"))


@pytest.fixture(scope="module")
def stead(shared_data):
    return open_dataset(shared_data("stead"))


def test_events_are_all_there_with_their_own_splits(events):
    assert len(events) == 3488
    assert events.counts("split") == {"train": 2955, "dev": 368, "test": 165}
    assert (events.skipped, events.remarks, events.mixed_events()) == ({}, {}, [])


def test_events_by_source(events):
    found = collections.defaultdict(lambda: [0, 0, 0, 0])
    for entry in events.entries:
        count = found[entry.source]
        count[0] += 1
        count[1] += entry.p_sample is not None
        count[2] += entry.s_sample is not None
        count[3] += entry.is_noise
    assert {source: tuple(count) for source, count in found.items()} == SOURCES
    assert events.counts("source") == {source: count[0] for source, count in SOURCES.items()}


def test_the_test_sources_are_the_test_split(events):
    assert set(events.select(split="test").counts("source")) == {"ncedc_test100", "obst56"}


def test_an_event_record_is_what_the_file_holds(events, shared_data):
    record = events.read(0)
    entry = record.entry
    assert (entry.name, entry.station) == ("ridgecrest_scsn56.38443535_CI_CCA_HH", "CI.CCA")
    assert (entry.p_sample, entry.s_sample, entry.snr_db) == (3000.0, None, 13.3)
    assert (entry.event, entry.split) == ("ridgecrest_scsn56:38443535", "dev")
    with h5py.File(shared_data("events", "waveforms.hdf5")) as file:
        np.testing.assert_array_equal(record.data, file[f"data/{entry.name}"][()])
    assert record.data.dtype == np.float32


def test_noise_has_no_arrivals(events):
    noise = events.select(noise=True)
    assert len(noise) == 239
    assert all(e.p_sample is None and e.s_sample is None for e in noise.entries)


def test_every_fiftieth_event_record_is_finite_and_as_long_as_its_labels_need(events):
    records = list(events.records(range(0, len(events), 50)))
    assert len(records) == 70
    for record in records:
        assert record.data.shape[0] == 3
        assert np.isfinite(record.data).all()
        assert (record.entry.p_sample or 0) < record.data.shape[1]


def test_half_of_stead_has_waveforms(stead):
    assert (len(stead), len(stead.skipped)) == (50, 50)
    assert all("not in waveforms.hdf5" in reason for reason in stead.skipped.values())


def test_a_stead_record(stead, shared_data):
    record = stead.read(0)
    entry = record.entry
    assert (entry.name, entry.station, entry.event) == ("109C.TA_20060723155859_EV", "TA.109C", "8556349")
    assert (entry.p_sample, entry.s_sample, entry.distance_km) == (700.0, 1894.0, 102.09)
    assert entry.snr_db == pytest.approx(53.2)
    assert (entry.source, entry.is_noise) == ("stead", False)
    with h5py.File(shared_data("stead", "waveforms.hdf5")) as file:
        np.testing.assert_array_equal(record.data, file[f"earthquake/local/{entry.name}"][()].T)


def test_all_of_stead_is_read_in_another_order(stead, shared_data):
    turned = open_dataset(shared_data("stead"), component_order="ZNE")
    for record, other in zip(stead, turned, strict=True):
        np.testing.assert_array_equal(record.data[::-1], other.data)


def test_the_p_wave_is_where_the_label_says(stead):
    """A reader that filled rows from the wrong axis would still have the right shapes."""
    gains = []
    for record in stead:
        p = int(record.entry.p_sample)
        vertical = np.diff(record.data[2])  # against the slow noise of this station
        gains.append(np.std(vertical[p : p + 200]) / np.std(vertical[p - 250 : p - 50]))
    assert np.median(gains) > 10


def test_both_as_one(events, stead):
    both = join([events, stead])
    assert len(both) == 3538
    assert both.read(3488).entry == stead.entries[0]
    assert both.counts("source")["stead"] == 50
