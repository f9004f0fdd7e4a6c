"""Everything that can be wrong with one record: a line in ``skipped``, and the run goes on."""

import pickle

import h5py
import numpy as np
import pytest

from lppn_np.data import UnusableRecord, open_dataset
from lppn_np.errors import InputError, LPPNError


def sound(**arrays):
    """A good record before the bad ones, and one after them."""
    good = np.ones((3, 300), np.float32)
    return {"first": good, **arrays, "last": good}


def read_all(make, **arrays):
    """Names of the records that could be read, and the data set afterwards."""
    arrays = sound(**arrays)
    dataset = open_dataset(make.seisbench([(name, {}) for name in arrays], arrays))
    return [record.entry.name for record in dataset], dataset


def with_one(value, dtype=np.float32):
    array = np.ones((3, 300), dtype)
    array[1, 7] = value
    return array


@pytest.mark.parametrize(
    ("array", "reason"),
    [
        (with_one(np.nan), "1 of its 900 samples are NaN or infinite"),
        (np.full((3, 300), np.inf), "900 of its 900 samples are NaN or infinite"),
        (with_one(1e300, np.float64), "1 of its 900 samples are NaN or infinite"),
        (np.ones((300, 3)), r"its shape is \(300, 3\), \(3 \(ENZ\), samples\) is expected"),
        (np.ones((2, 300)), r"its shape is \(2, 300\)"),
        (np.ones((3, 0)), r"its shape is \(3, 0\)"),
        (np.ones(300), r"its shape is \(300,\)"),
        (np.ones((1, 3, 300)), r"its shape is \(1, 3, 300\)"),
        (np.float32(1), r"its shape is \(\)"),
        (np.ones((3, 300), complex), "data/bad in the hdf5 file is no array of numbers"),
        (np.full((3, 300), b"a"), "no array of numbers"),
        (h5py.Empty("f4"), "no array of numbers"),
        (h5py.SoftLink("/nowhere"), "cannot be read from the hdf5 file"),
        (h5py.ExternalLink("nowhere.hdf5", "/data"), "cannot be read from the hdf5 file"),
        (np.dtype("f4"), "no array of numbers"),
    ],
)
def test_a_bad_record_is_one_line(make, array, reason):
    read, dataset = read_all(make, bad=array)
    assert read == ["first", "last"]
    assert list(dataset.skipped) == ["bad"]
    with pytest.raises(UnusableRecord, match=f"record bad: .*{reason}") as caught:
        dataset.read(1)
    assert (caught.value.name, caught.value.reason) == ("bad", dataset.skipped["bad"])
    assert isinstance(caught.value, InputError)
    assert isinstance(caught.value, LPPNError)
    assert len(dataset) == 3


def test_a_group_in_the_place_of_a_record(make):
    made = make.seisbench([("a", {}), ("b", {})], sound(b=np.ones((3, 300)), **{"a/inside": 1}))
    dataset = open_dataset(made)
    assert [record.entry.name for record in dataset] == ["b"]
    assert "no array of numbers" in dataset.skipped["a"]


def test_a_record_that_claims_to_be_enormous_is_not_read(make):
    made = make.seisbench([("a", {}), ("b", {})], {"b": np.ones((3, 300))})
    with h5py.File(made / "waveforms.hdf5", "a") as file:
        file.create_dataset("data/a", (3, 10**12), "f4", chunks=(3, 1000))
    dataset = open_dataset(made)
    assert [record.entry.name for record in dataset] == ["b"]
    assert "too large for one record" in dataset.skipped["a"]


def test_a_damaged_chunk_costs_its_own_record(make):
    made = make.seisbench([("a", {}), ("b", {})], {"b": np.ones((3, 300))})
    path = made / "waveforms.hdf5"
    noise = np.random.default_rng(1).standard_normal((3, 300))
    with h5py.File(path, "a") as file:
        data = file.create_dataset("data/a", data=noise, compression="gzip", fletcher32=True)
        place = data.id.get_chunk_info(0).byte_offset
    with path.open("r+b") as stream:
        stream.seek(place + 40)
        stream.write(b"damaged!")
    dataset = open_dataset(made)
    assert [record.entry.name for record in dataset] == ["b"]
    assert "cannot be read from the hdf5 file" in dataset.skipped["a"]


@pytest.mark.parametrize(
    ("name", "others", "reason"),
    [
        ("lost", {}, "not in waveforms.hdf5, which has no data/lost"),
        ("sub/lost", {}, "not in waveforms.hdf5"),
        ("", {}, "its trace_name is empty"),
        ("bad$x", {}, "the place 'x' after the $ of its name is no index such as 12,:3,:6000"),
        ("bad$0,::-1", {}, "the place '0,::-1'"),
        ("bad$,:3", {}, "the place ',:3'"),
        ("bad$0:1:1:1", {}, "the place '0:1:1:1'"),
        ("bad", {"trace_component_order": "XY"}, "its components are 'XY', none of E, N, Z is among them"),
        ("bad", {"trace_sampling_rate_hz": "-5"}, "from its sampling rate of -5 Hz no small fraction"),
    ],
)
def test_rows_that_are_skipped_at_once(make, name, others, reason):
    arrays = sound(bad=np.ones((3, 300)))
    dataset = open_dataset(make.seisbench([("first", {}), (name, others), ("last", {})], arrays))
    assert [entry.name for entry in dataset.entries] == ["first", "last"]
    (found,) = dataset.skipped.values()
    assert reason in found


def test_a_place_outside_its_block(make):
    rows = [("block$0", {}), ("block$2", {}), ("block$0,:3,:9,:1", {})]
    dataset = open_dataset(make.seisbench(rows, {"block": np.ones((2, 3, 300))}))
    assert [record.entry.name for record in dataset] == ["block$0"]
    assert list(dataset.skipped) == ["block$2", "block$0,:3,:9,:1"]


def test_rows_with_too_few_fields_and_blank_lines(make):
    made = make.seisbench([("a", {})])
    with (made / "metadata.csv").open("a") as stream:
        stream.write("\nb,earthquake_local,XX\n")
    dataset = open_dataset(made)
    assert dataset.skipped == {"line 4 of metadata.csv": "it has 3 fields, 7 are expected"}


def test_a_second_line_for_the_same_waveforms(make):
    dataset = open_dataset(make.seisbench([("a", {"p": "1"}), ("a", {"p": "2"})], {"a": np.ones((3, 300))}))
    assert [entry.p_sample for entry in dataset.entries] == [1.0]
    assert dataset.skipped == {"a (line 3)": "an earlier line has the same waveforms"}


def test_a_name_in_another_encoding_costs_itself_only(make):
    made = make.seisbench([("a", {}), ("b", {})])
    text = (made / "metadata.csv").read_text().replace("\nb,", "\nÄtna,").encode("latin-1")
    (made / "metadata.csv").write_bytes(text)
    dataset = open_dataset(made)
    assert ([e.name for e in dataset.entries], len(dataset.skipped)) == (["a"], 1)


def test_a_byte_order_mark_is_no_part_of_the_first_column(make):
    made = make.seisbench([("a", {})])
    text = (made / "metadata.csv").read_text()
    (made / "metadata.csv").write_text(text, encoding="utf-8-sig")
    assert len(open_dataset(made)) == 1


def test_an_unusable_record_travels_between_processes():
    error = pickle.loads(pickle.dumps(UnusableRecord("a", "it is bad")))
    assert (str(error), error.name, error.reason) == ("record a: it is bad", "a", "it is bad")
