"""Files that are no data set: an error that names the file and what was expected, at opening."""

import pickle

import numpy as np
import pytest

from lppn_np.data import UnusableRecord, join, open_dataset
from lppn_np.errors import InputError


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"metadata\.csv: a column trace_name is expected, found none"),
        ("\n\n", "found none"),
        ("time;phase\n1;P\n", "a column trace_name is expected, found time;phase"),
        ("trace_name,trace_p_arrival_sample,trace_s_arrival_sample\n", "names no records"),
        (
            "trace_name\nlost\nlost2\n",
            r"none of its 2 records can be used; the first, lost: not in waveforms\.hdf5",
        ),
        ('trace_name\n"' + "a" * 200_000, r"line \d+ is no csv \(field larger than"),
        ("version https://git-lfs.github.com/spec/v1\n", "a column trace_name is expected"),
    ],
)
def test_metadata_that_are_none(make, text, message):
    made = make.seisbench([("a", {})])
    (made / "metadata.csv").write_text(text)
    with pytest.raises(InputError, match=message):
        open_dataset(made)


def test_metadata_that_cannot_be_read(make):
    made = make.seisbench([("a", {})])
    (made / "metadata.csv").unlink()
    (made / "metadata.csv").symlink_to(made / "metadata.csv")
    with pytest.raises(InputError, match=r"no \.csv file|cannot be"):
        open_dataset(made)


@pytest.mark.parametrize("keep", [0, 100, 0.5, 0.99])
def test_truncated_waveforms(make, keep):
    made = make.seisbench([(f"r{i}", {}) for i in range(20)])
    path = made / "waveforms.hdf5"
    content = path.read_bytes()
    path.write_bytes(content[: keep if isinstance(keep, int) else int(keep * len(content))])
    with pytest.raises(InputError, match=r"waveforms\.hdf5: cannot be opened .* is it complete\?"):
        open_dataset(made)


def test_waveforms_that_are_something_else(make):
    made = make.seisbench([("a", {})])
    (made / "waveforms.hdf5").write_text("version https://git-lfs.github.com/spec/v1\n")
    with pytest.raises(InputError, match=r"waveforms\.hdf5: cannot be opened"):
        open_dataset(made)


@pytest.mark.parametrize("name", ["traces/a", "data"])
def test_waveforms_without_a_known_group(make, name):
    made = make.seisbench([("a", {})])
    make.write_hdf5(made / "waveforms.hdf5", {name: np.ones((3, 300))})
    with pytest.raises(
        InputError, match=r"no records; a group data \(STEAD, SeisBench\).*found \['(traces|data)'"
    ):
        open_dataset(made)


@pytest.mark.parametrize(
    ("data_format", "message"),
    [
        (
            {"component_order": None},
            "the first, a: the order of its components is in no trace_component_order",
        ),
        ({"sampling_rate": None}, "the first, a: its sampling rate is in no trace_sampling_rate_hz"),
        ({"dimension_order": "CWI"}, "data_format/dimension_order is 'CWI'; CW or WC is expected"),
    ],
)
def test_nothing_is_guessed(make, data_format, message):
    with pytest.raises(InputError, match=message):
        open_dataset(make.seisbench([("a", {})], **data_format))


def test_channels_come_first_where_nothing_is_said(make, made_waveform):
    dataset = open_dataset(make.seisbench([("a", {})], dimension_order=None))
    np.testing.assert_array_equal(dataset.read(0).data, made_waveform(0))


def test_a_file_that_goes_away_is_not_the_fault_of_a_record(make):
    dataset = pickle.loads(pickle.dumps(open_dataset(make.seisbench([("a", {})]))))
    (make.folder / "waveforms.hdf5").unlink()
    with pytest.raises(InputError, match="cannot be opened") as caught:
        list(dataset)
    assert not isinstance(caught.value, UnusableRecord)
    assert dataset.skipped == {}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"component_order": "ZZE"}, "component_order is 'ZZE'"),
        ({"sampling_rate": 0}, "sampling_rate is 0; a positive number"),
        ({"sampling_rate": float("nan")}, "sampling_rate is nan"),
    ],
)
def test_options(make, options, message):
    with pytest.raises(InputError, match=message):
        open_dataset(make.seisbench([("a", {})]), **options)


def test_joining_what_does_not_go_together(make):
    made = make.seisbench([("a", {})])
    with pytest.raises(InputError, match="at least one is expected"):
        join([])
    with pytest.raises(InputError, match=r"several values of component_order, \['ENZ', 'ZNE'\]"):
        join([open_dataset(made), open_dataset(made, component_order="ZNE")])
    with pytest.raises(InputError, match="several values of sampling_rate"):
        join([open_dataset(made), open_dataset(made, sampling_rate=50)])
