"""Short chunks wait in a room until there are enough of them: nobody can tell."""

import numpy as np
import pytest

import lppn_np
from lppn_np import StreamingPicker
from lppn_np.errors import InputError
from lppn_np.streaming.staging import Staging

from .conftest import LOW, fed, pieces_of


def staged(picker):
    return picker._records._staging.n_samples


@pytest.mark.parametrize("early", [False, True])
def test_each_chunk_tells_what_it_would_tell_by_itself(early, gappy, model):
    """With its time a chunk does not wait: the same picks of the same chunks, with the same latencies."""
    data = gappy[:, :12_000]
    waiting, direct = (StreamingPicker(model, **LOW, early=early) for _ in range(2))
    most = 0
    for number, first in enumerate(range(0, data.shape[1], 17)):
        chunk = data[:, first : first + 17]
        one, other = waiting.feed(chunk), direct.feed(chunk, first / 100)
        most = max(most, staged(waiting))
        assert staged(direct) == 0
        assert [(pick, pick.latency) for pick in one] == [(pick, pick.latency) for pick in other]
        if number % 101 == 0:
            assert waiting.counts == direct.counts
            assert staged(waiting) == 0
    assert most > 100
    assert waiting.close() == direct.close()
    assert waiting.counts == direct.counts


def test_types_mix(ten_minutes, model):
    data = ten_minutes[:, :8000]
    kinds = (np.int32, np.int32, np.float64, ">i4", np.float32, np.int64, np.float16, np.ma.array, list)
    rng = np.random.default_rng(0)
    chunks, whole = [], data.astype(np.float64)
    for number, first in enumerate(range(0, data.shape[1], 40)):
        chunk = data[:, first : first + 40]
        kind = kinds[rng.integers(len(kinds)) if number % 5 == 0 else 0]
        if kind is np.float16:
            chunk = np.clip(chunk, -2000, 2000)
            whole[:, first : first + 40] = chunk
        chunks.append(
            np.ma.array(chunk)
            if kind is np.ma.array
            else chunk.tolist()
            if kind is list
            else chunk.astype(kind)
        )
    assert fed(StreamingPicker(model, **LOW), chunks)[0] == lppn_np.pick(whole, model=model, **LOW)


def test_other_order_of_components(ten_minutes, model):
    data = ten_minutes[[2, 1, 0], :7000]
    chunks = pieces_of(data, [*range(0, 7000, 13), 7000])
    picker = StreamingPicker(model, **LOW, component_order="ZNE")
    assert fed(picker, chunks)[0] == lppn_np.pick(data, model=model, component_order="ZNE", **LOW)


def test_what_is_wrong_is_refused_at_once(ten_minutes, model):
    data = ten_minutes[:, :6000].astype(np.float64)
    picker = StreamingPicker(model, **LOW)
    found = list(picker.feed(data[:, :3500]))
    bad = data[:, :4].copy()
    bad[2, 3] = -np.inf
    for first in range(3500, 6000, 10):
        found += picker.feed(data[:, first : first + 10])
        if first % 500 == 0:
            assert staged(picker) > 0
            for wrong, message in ((bad, "infinity"), (data[:2, :4], "shape"), (data[:, :4].T, "transposed")):
                with pytest.raises(InputError, match=message):
                    picker.feed(wrong)
            assert len(picker.feed(np.empty((3, 0)))) == 0
    found += picker.close()
    assert found == lppn_np.pick(data, model=model, **LOW)
    with pytest.raises(InputError, match="closed"):
        picker.feed(data[:, :1])


def test_a_chunk_may_be_written_to_again(ten_minutes, model):
    room, found, picker = np.empty((3, 20), np.float32), [], StreamingPicker(model, **LOW)
    for first in range(0, 7000, 20):
        room[:] = ten_minutes[:, first : first + 20]
        found += picker.feed(room)
        room[:] = 1e9
    found += picker.close()
    assert found == lppn_np.pick(ten_minutes[:, :7000].astype(np.float32), model=model, **LOW)


def test_room():
    staging = Staging()
    chunk = np.arange(6, dtype=np.int32).reshape(3, 2)
    assert not staging.take(chunk)
    staging.open(chunk.dtype, 3)
    assert staging.take(chunk)
    assert not staging.take(chunk)  # no room for two more
    assert not staging.take(chunk[:, :1].astype(np.int64))
    assert staging.take(chunk[:, :1])
    np.testing.assert_array_equal(staging.clear(), [[0, 1, 0], [2, 3, 2], [4, 5, 4]])
    assert staging.n_samples == 0
    assert not staging.take(chunk[:, :0])
    staging.open(np.dtype(np.longdouble), 3)
    assert not staging.take(chunk.astype(np.longdouble))
