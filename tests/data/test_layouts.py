"""Which files are taken for what: STEAD new and old, SeisBench whole, chunked and in blocks."""

import shutil

import numpy as np
import pytest

from lppn_np.data import open_dataset
from lppn_np.errors import InputError


def names(dataset):
    return [entry.name for entry in dataset.entries]


def noise_or_not(line):
    return "non_earthquake/noise" if line["trace_category"] == "noise" else "earthquake/local"


@pytest.mark.parametrize("stem", ["merge", "merged", "chunk1"])
def test_stead(make, stem, made_waveform):
    made = make.stead([("a", {"p": "30.0", "s": "40.5"}), ("b", {"category": "noise"})], stem)
    dataset = open_dataset(made)
    assert [(e.name, e.is_noise, e.p_sample, e.s_sample) for e in dataset.entries] == [
        ("a", False, 30.0, 40.5),
        ("b", True, None, None),
    ]
    for i in range(2):
        np.testing.assert_array_equal(dataset.read(i).data, made_waveform(i))


def test_stead_in_chunks_comes_in_the_order_of_their_numbers(make):
    for number in (10, 2, 1):
        made = make.stead([(f"record{number}", {})], f"chunk{number}")
    assert names(open_dataset(made)) == ["record1", "record2", "record10"]


def test_old_stead_has_a_group_for_noise(make, made_waveform):
    make.stead([("a", {"p": "30"}), ("b", {"category": "noise"})], "waveforms", group=noise_or_not)
    (make.folder / "waveforms.csv").rename(make.folder / "metadata_11_13_19.csv")
    dataset = open_dataset(make.folder)
    assert [e.is_noise for e in dataset.entries] == [False, True]
    np.testing.assert_array_equal(dataset.read(1).data, made_waveform(1))


@pytest.mark.parametrize("suffix", ["csv", "hdf5"])
def test_one_of_two_files_will_do(make, suffix):
    make.stead([("a", {})], "merge")
    made = make.stead([("b", {})], "chunk1")
    assert names(open_dataset(made / f"merge.{suffix}")) == ["a"]


def test_a_csv_of_another_name_takes_the_only_waveforms(make):
    made = make.seisbench([("a", {}), ("b", {})])
    shutil.copy(made / "metadata.csv", made / "mine.csv")
    assert names(open_dataset(made / "mine.csv")) == ["a", "b"]


def test_seisbench_stands_before_other_csv_files(make):
    made = make.seisbench([("a", {})])
    (made / "picks.csv").write_text("time\n")
    assert names(open_dataset(str(made))) == ["a"]


@pytest.mark.parametrize("listed", [True, False])
def test_seisbench_in_chunks(make, listed, made_waveform):
    for chunk in ("2019", "2020"):
        made = make.seisbench([(f"record{chunk}", {})], chunk=chunk)
    if listed:
        (made / "chunks").write_text("2020\n\n2019\n")
    dataset = open_dataset(made)
    assert names(dataset) == (["record2020", "record2019"] if listed else ["record2019", "record2020"])
    np.testing.assert_array_equal(dataset.read(1).data, made_waveform(0))


def test_an_empty_list_of_chunks_is_no_list(make):
    made = make.seisbench([("a", {})], chunk="2019")
    (made / "chunks").write_text("\n")
    assert names(open_dataset(made)) == ["a"]


def test_blocks_of_records(make):
    """The writer of SeisBench packs records of several lengths into one array, padded."""
    block = np.arange(2 * 3 * 100, dtype=np.float32).reshape(2, 3, 100)
    places = [("bucket0$0,:3,:80", {"p": "79"}), ("bucket0$1, :3, :100", {"p": "99"}), ("bucket0$1", {})]
    dataset = open_dataset(make.seisbench(places, {"bucket0": block}))
    np.testing.assert_array_equal(dataset.read(0).data, block[0, :, :80])
    np.testing.assert_array_equal(dataset.read(1).data, block[1])
    np.testing.assert_array_equal(dataset.read(2).data, block[1])
    assert [e.p_sample for e in dataset.entries] == [79.0, 99.0, None]


def test_a_record_in_a_block_keeps_its_own_name(make, made_waveform):
    rows = [("bucket0$0,:3,:300", {"trace_name_original": "mine"})]
    dataset = open_dataset(make.seisbench(rows, {"bucket0": made_waveform(0)[None]}))
    assert names(dataset) == ["mine"]


def test_a_name_with_slashes_is_a_group_in_the_group(make, made_waveform):
    dataset = open_dataset(make.seisbench([("2019/a", {})]))
    np.testing.assert_array_equal(dataset.read(0).data, made_waveform(0))


def test_samples_first_if_the_file_says_so(make, made_waveform):
    made = make.seisbench([("a", {})], {"a": made_waveform(0).T}, dimension_order="WC")
    np.testing.assert_array_equal(open_dataset(made).read(0).data, made_waveform(0))


@pytest.mark.parametrize("stated", ["ZNE", np.array([b"Z", b"N", b"E"])])
def test_component_order_of_the_file(make, made_waveform, stated):
    made = make.seisbench([("a", {})], component_order=stated)
    np.testing.assert_array_equal(open_dataset(made).read(0).data, made_waveform(0)[::-1])


@pytest.mark.parametrize(
    ("stated", "rows"),
    [
        ("ZNE", [2, 1, 0]),
        ("NZE", [2, 0, 1]),
        ("Z12", [2, 1, 0]),
        ("['Z', 'N', 'E']", [2, 1, 0]),
        ("Z1E", [2, 1, 0]),
        ("ZXY", [None, None, 0]),
        ("NHZ", [None, 0, 2]),
    ],
)
def test_component_order_of_the_record(make, made_waveform, stated, rows):
    made = make.seisbench([("a", {"trace_component_order": stated})])
    data = open_dataset(made).read(0).data
    for got, row in zip(data, rows, strict=True):
        expected = np.full(300, np.nan) if row is None else made_waveform(0)[row]
        np.testing.assert_array_equal(got, expected)


def test_a_record_of_one_component(make, made_waveform):
    made = make.seisbench([("a", {"trace_component_order": "Z"})], {"a": made_waveform(0)[:1]})
    data = open_dataset(made, component_order="ZNE").read(0).data
    np.testing.assert_array_equal(data[0], made_waveform(0)[0])
    assert np.isnan(data[1:]).all()


def test_whole_numbers_become_float32(make):
    made = make.seisbench([("a", {})], {"a": np.arange(900, dtype=">i4").reshape(3, 300)})
    data = open_dataset(made).read(0).data
    assert data.dtype == np.float32
    np.testing.assert_array_equal(data, np.arange(900).reshape(3, 300))


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ([], r"no \.csv file; metadata\.csv and waveforms\.hdf5 .* expected"),
        (["a.csv"], r"no \.hdf5 file"),
        (["a.hdf5"], r"no \.csv file"),
        (["a.csv", "b.csv", "c.hdf5"], r"several candidates: a\.csv, b\.csv; give the path of one"),
        (["a.csv", "b.hdf5", "c.hdf5"], r"several candidates: b\.hdf5, c\.hdf5"),
        (
            ["merge.csv", "merge.hdf5", "chunk1.csv", "chunk1.hdf5"],
            r"several candidates: chunk1\.csv, merge\.csv",
        ),
        (["chunk1.csv", "chunk1.hdf5", "chunk2.csv"], r"chunk2\.csv: a chunk without its hdf5 file"),
        (
            ["metadata1.csv", "waveforms1.hdf5", "waveforms2.hdf5"],
            r"waveforms2\.hdf5: a chunk without its csv",
        ),
    ],
)
def test_files_that_do_not_make_a_data_set(tmp_path, files, message):
    for name in files:
        (tmp_path / name).touch()
    with pytest.raises(InputError, match=message):
        open_dataset(tmp_path)


def test_a_listed_chunk_that_is_missing(make):
    made = make.seisbench([("a", {})], chunk="2019")
    (made / "chunks").write_text("2019\n2020\n")
    with pytest.raises(InputError, match=r"metadata2020\.csv: missing, though .*chunks lists its chunk"):
        open_dataset(made)


@pytest.mark.parametrize(
    ("name", "message"), [("none", "no such file or folder"), ("a.txt", r"a \.csv file or")]
)
def test_paths_that_lead_nowhere(tmp_path, name, message):
    (tmp_path / "a.txt").touch()
    with pytest.raises(InputError, match=message):
        open_dataset(tmp_path / name)
