"""One data set for many threads and processes, and in little memory."""

import concurrent.futures
import json
import multiprocessing
import operator
import os
import pickle
import subprocess
import sys
import tracemalloc

import h5py
import numpy as np
import pytest

from lppn_np.data import open_dataset

RECORDS = 40


@pytest.fixture
def dataset(make):
    return open_dataset(make.seisbench([(f"r{i}", {"p": f"{i}"}) for i in range(RECORDS)]))


def check(dataset, made_waveform, index):
    record = dataset.read(index)
    np.testing.assert_array_equal(record.data, made_waveform(index))
    return record.entry.p_sample


def test_a_pickle_holds_metadata_and_no_open_file(dataset, made_waveform):
    before = len(pickle.dumps(dataset))
    check(dataset, made_waveform, 3)
    assert len(pickle.dumps(dataset)) == before < RECORDS * 500 + 3000
    again = pickle.loads(pickle.dumps(dataset))
    assert list(again.entries) == list(dataset.entries)
    check(again, made_waveform, 5)


def test_a_relative_path_survives_a_change_of_folder(make, made_waveform, monkeypatch):
    make.seisbench([("r0", {})])
    monkeypatch.chdir(make.folder)
    dataset = pickle.loads(pickle.dumps(open_dataset(".")))  # which has not opened its file yet
    monkeypatch.chdir("/")
    check(dataset, made_waveform, 0)


def test_threads_share_it(dataset, made_waveform):
    indices = [i % RECORDS for i in range(400)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda i: check(dataset, made_waveform, i), indices))
    assert found == [float(i) for i in indices]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_process_opens_the_file_for_itself(dataset, made_waveform):
    check(dataset, made_waveform, 0)
    (part,) = dataset.places.parts
    inherited = part.waveforms.handle()
    receiver, sender = multiprocessing.Pipe(duplex=False)

    def child():
        values = [check(dataset, made_waveform, i) for i in range(RECORDS)]
        sender.send((values, part.waveforms.handle() is inherited, bool(inherited)))

    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    assert receiver.poll(60)
    assert receiver.recv() == ([float(i) for i in range(RECORDS)], False, True)
    process.join()
    assert (process.exitcode, part.waveforms.handle() is inherited) == (0, True)
    check(dataset, made_waveform, 1)


def test_a_fresh_process_reads_it(dataset, made_waveform):
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as pool:
        record = pool.submit(operator.methodcaller("read", 7), dataset).result()
    assert record.entry == dataset.entries[7]
    np.testing.assert_array_equal(record.data, made_waveform(7))


def test_reading_one_record_does_not_load_the_others(tmp_path, make):
    """2,000 records are 48 MB; opening takes what the metadata need, reading no more than a few records."""
    n_records, n_samples = 2000, 2000
    rng = np.random.default_rng(1)
    names = [f"r{i}" for i in range(n_records)]
    with h5py.File(tmp_path / "merge.hdf5", "w") as file:
        for name in names:
            file[f"data/{name}"] = rng.standard_normal((n_samples, 3), dtype=np.float32)
    fields = ["trace_name", "trace_category", "receiver_code", "p_arrival_sample", "s_arrival_sample"]
    make.write_csv(tmp_path / "merge.csv", [{"trace_name": name} for name in names], fields)
    record_bytes = 3 * n_samples * 4
    open_dataset(tmp_path).read(0)  # modules and caches
    tracemalloc.start()
    try:
        dataset = open_dataset(tmp_path)
        kept, peak = tracemalloc.get_traced_memory()
        assert kept < 400 * n_records
        assert peak < 1000 * n_records
        tracemalloc.reset_peak()
        dataset.read(1234)
        assert tracemalloc.get_traced_memory()[1] - kept < 4 * record_bytes
        tracemalloc.reset_peak()
        assert sum(1 for _ in dataset) == n_records
        assert tracemalloc.get_traced_memory()[1] - kept < 6 * record_bytes
    finally:
        tracemalloc.stop()


def test_h5py_and_scipy_are_imported_when_they_are_needed():
    code = (
        "import sys, json, lppn_np.data; "
        "print(json.dumps([m for m in ('h5py', 'scipy', 'pandas', 'obspy') if m in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []


def test_without_h5py_the_error_names_the_extra(make, monkeypatch):
    made = make.seisbench([("a", {})])
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(ImportError, match=r'pip install "lppn-np\[train\]"'):
        open_dataset(made)
