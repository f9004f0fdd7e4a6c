"""A restart loses no pick and tells none again, wherever it happens."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import lppn_np
from lppn_np import StreamingPicker, StreamingPickers
from lppn_np.errors import InputError
from lppn_np.npz_file import read_npz, write_npz
from lppn_np.streaming.state import read_remarks

from .conftest import LOW, fed, pieces_of, same, traces

SIZE = 2200


@pytest.fixture(scope="module")
def expected(gappy, model):
    return lppn_np.pick(gappy[:, : SIZE * 10], model=model, **LOW)


@settings(max_examples=8)
@given(st.lists(st.integers(1, SIZE * 10), max_size=3), st.booleans())
def test_a_restart_anywhere(tmp_path_factory, gappy, model, expected, where, early):
    data = gappy[:, : SIZE * 10]
    bounds = sorted({0, data.shape[1], *range(0, data.shape[1], SIZE), *where})
    path = tmp_path_factory.mktemp("state") / "state.npz"
    picker, twin, found, picks = StreamingPicker(model, **LOW, early=early), None, [], []
    twin = StreamingPicker(model, **LOW, early=early)
    for stop, chunk in zip(bounds[1:], pieces_of(data, bounds), strict=True):
        found += picker.feed(chunk)
        picks += twin.feed(chunk)
        if stop in where:
            picker.save(path)
            picker = StreamingPicker.restore(path, model)
    assert picker.counts == twin.counts
    assert [p.latency for p in found] == [p.latency for p in picks]
    found += picker.close()
    assert found == picks + twin.close()
    if not early:
        assert sorted(found, key=lambda p: (p.peak_time, -p.peak_value)) == expected


@pytest.mark.parametrize("start", ["2020-01-01T00:00:00", 12.5, np.datetime64("2020-01-01"), None])
def test_times_come_back_as_they_were(start, ten_minutes, model, tmp_path):
    picker = StreamingPicker(model, **LOW)
    picker.feed(ten_minutes[:, :500], start)
    for stop in (1000, 6000):
        picker.save(tmp_path / "state.npz")
        picker = StreamingPicker.restore(tmp_path / "state.npz", model)
        found = picker.feed(ten_minutes[:, stop - 500 : stop] if stop == 1000 else ten_minutes[:, 1000:6000])
    assert found + picker.close() == lppn_np.pick(ten_minutes[:, :6000], model=model, starttime=start, **LOW)


def test_many_stations(gappy, model, tmp_path):
    import obspy

    packets = []
    for number, station in enumerate(("XX.AAA..HH", "XX.BBB.00.EH", "YY.CCC..BH")):
        bounds = [[*range(0, 20_000, 700 + 40 * number + row), 20_000] for row in range(3)]
        packets += traces(gappy[:, 3000 * number :][:, :20_000], station=station, bounds=bounds)
    packets.sort(key=lambda trace: trace.stats.endtime)
    pickers, found = StreamingPickers(model, **LOW), []
    for number, packet in enumerate(packets):
        found += pickers.feed(packet)
        if number % 23 == 5:
            pickers.save(tmp_path / "state.npz", note=number)
            pickers = StreamingPickers.restore(tmp_path / "state.npz", model)
    assert read_remarks(tmp_path / "state.npz")["note"] % 23 == 5
    assert sorted(pickers) == [("XX.AAA.", "HH"), ("XX.BBB.00", "EH"), ("YY.CCC.", "BH")]
    same(found + pickers.close(), lppn_np.pick(obspy.Stream(packets), model=model, **LOW), least=30)


def test_a_new_picker_and_a_closed_one(model, tmp_path, ten_minutes):
    picker = StreamingPicker(model)
    picker.save(tmp_path / "state.npz")
    assert StreamingPicker.restore(tmp_path / "state.npz", model).feed(ten_minutes[:, :50]) == []
    fed(picker, [ten_minutes[:, :50]])
    picker.save(tmp_path / "state.npz")
    with pytest.raises(InputError, match="closed"):
        StreamingPicker.restore(tmp_path / "state.npz", model).feed(ten_minutes)


# ---------------------------------------------------------------- refused


@pytest.fixture
def saved(model, ten_minutes, tmp_path):
    picker = StreamingPicker(model, **LOW)
    picker.feed(ten_minutes[:, :9000])
    picker.save(tmp_path / "state.npz")
    return tmp_path / "state.npz"


def test_another_model(saved):
    with pytest.raises(InputError, match="another model"):
        StreamingPicker.restore(saved, lppn_np.LPPN(lppn_np.LPPNConfig()))


def test_another_kind(saved, model):
    with pytest.raises(InputError, match="of this kind"):
        StreamingPickers.restore(saved, model)


def test_another_file(saved, model, tmp_path):
    for content in (b"", b"PK\x03\x04", saved.read_bytes()[:-100]):
        (tmp_path / "other.npz").write_bytes(content)
        with pytest.raises(InputError, match="other"):
            StreamingPicker.restore(tmp_path / "other.npz", model)


@pytest.mark.parametrize("name", ["rows", "flags", "pool", "told", "waiting"])
def test_damaged_arrays(name, saved, model):
    arrays, meta = read_npz(saved, "", InputError)
    write_npz(saved, arrays | {name: arrays[name][:-7]}, meta, InputError)
    if arrays[name].size:
        with pytest.raises(InputError, match="damaged"):
            StreamingPicker.restore(saved, model)


@pytest.mark.parametrize("key", ["settings", "options", "record", "origin", "counts", "name"])
def test_damaged_numbers(key, saved, model):
    arrays, meta = read_npz(saved, "", InputError)
    for wrong in ("x", {"x": 1}):
        part, shapes = meta["pickers"][0]
        changed = {**meta, "pickers": [[{**part, key: wrong}, shapes]]}
        write_npz(saved, arrays, changed, InputError)
        with pytest.raises(InputError, match=r"damaged|expected"):
            StreamingPicker.restore(saved, model)
