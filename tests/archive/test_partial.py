"""The ends of a neighbour's file, unpacked alone, are what they are when all of it is unpacked."""

import datetime
import io

import numpy as np
import pytest

from lppn_np.archive import fetching, partial
from lppn_np.archive.cutting import cut_trace
from lppn_np.archive.fetching import fetch
from lppn_np.archive.grid import Grid
from lppn_np.archive.layouts import Layout
from lppn_np.archive.partial import unpack_part
from lppn_np.archive.planning import make_plan
from lppn_np.archive.record_headers import scan
from lppn_np.archive.sources import LocalSource
from lppn_np.waveforms.miniseed import unpack_miniseed

from .conftest import DAY, job_for, midnight, obspy, sds_path

pytest.importorskip("pymseed", reason="only pymseed unpacks a part")

GRID = Grid.of(100.0, 3072, 1024)
RNG = np.random.default_rng(0)
SAMPLES = RNG.integers(-3000, 3000, 200_000).astype(np.int32)
START = midnight(DAY) + 0.0042


def encoded(pieces=((0, 200_000),), channel="HHZ", rate=100.0, start=START):
    """A file of stretches [first, stop) of the samples."""
    header = {"network": "XX", "station": "AAA", "channel": channel, "sampling_rate": rate}
    traces = [obspy.Trace(SAMPLES[a:b], header | {"starttime": start + a / rate}) for a, b in pieces]
    file = io.BytesIO()
    obspy.Stream(traces).write(file, format="MSEED", reclen=512, encoding="STEIM2")
    return file.getvalue()


def cuts(traces, piece):
    found = [cut for trace in traces if (cut := cut_trace(GRID, trace, *piece)) is not None]
    found.sort(key=lambda cut: cut.stats.starttime.ns)
    return [(cut.id, cut.stats.starttime.ns, cut.stats.sampling_rate, cut.data.tolist()) for cut in found]


def headers_of(content, length=512):
    return np.frombuffer(bytearray(content), np.uint8).reshape(-1, length)


def drifting(content):
    """Each record 0.5 ms later than its predecessor ends: for libmseed still one trace."""
    records = headers_of(content)
    for number, record in enumerate(records):
        ticks = int.from_bytes(record[28:30], "big") + 5 * number
        seconds = sum(int(record[24 + i]) * 60 ** (2 - i) for i in range(3)) + ticks // 10_000
        record[24:27] = (seconds // 3600, seconds // 60 % 60, seconds % 60)
        record[28:30] = divmod(ticks % 10_000, 256)
    return records.tobytes()


FILES = {
    "whole": encoded(),
    "gaps": encoded([(0, 50_000), (50_200, 90_000), (120_000, 200_000)]),
    "drifting": drifting(encoded()),
}


@pytest.mark.parametrize("name", FILES)
def test_a_part_is_what_it_is_in_the_whole(name):
    content = FILES[name]
    records, whole = scan(content), unpack_miniseed(content)
    assert records.run[-1] + 1 == len(whole)
    first, last = GRID.index(START.ns), GRID.index(records.span()[1])
    for piece in [
        (first - 50, first + 4000),
        (last - 4000, last + 9),
        *np.sort(RNG.integers(first, last, (20, 2))),
    ]:
        piece = tuple(map(int, piece))
        times = [GRID.nanoseconds(sample) for sample in piece]
        assert cuts(unpack_part(content, records, *times), piece) == cuts(whole, piece)


def test_nothing_of_it_is_wanted():
    records = scan(FILES["whole"])
    assert cuts(unpack_part(FILES["whole"], records, 0, 10**9), (0, 100)) == []


def test_only_a_part_is_unpacked(monkeypatch):
    sizes = []
    monkeypatch.setattr(
        partial, "unpack_miniseed", lambda part: sizes.append(len(part)) or unpack_miniseed(part)
    )
    content = FILES["whole"]
    unpack_part(content, scan(content), START.ns, START.ns + 41 * 10**9)
    assert 0 < sizes[0] < len(content) / 20


def changed(at, value, record=30):
    """The whole file with other bytes in one header."""
    records = headers_of(FILES["whole"])
    records[record, at : at + len(value)] = list(value)
    return records.tobytes()


DOUBTFUL = {
    "another station": changed(8, b"BBB"),
    "another rate": changed(32, b"\x00\x65"),
    "a corrected clock": changed(40, b"\x00\x00\x00\x01"),
    "a leap second": changed(26, b"\x3c"),
    "no date": changed(22, b"\x01\x70"),
    "no samples": changed(30, b"\x00\x00"),
    "another encoding": changed(52, b"\x0a"),
    "another length": changed(54, b"\x0a"),
    "no record": changed(0, bytes(64)),
    "back in time": FILES["whole"][512 * 50 :] + FILES["whole"][: 512 * 50],
    "half a sample late": encoded([(0, 50_000)]) + encoded([(50_000, 90_000)], start=START + 0.005),
    "ends within a record": FILES["whole"][:-100],
    "two channels": FILES["whole"] + encoded(channel="HHN"),
    "empty": b"",
    "short": FILES["whole"][:60],
    "text": b"nothing " * 1000,
}


@pytest.mark.parametrize("name", DOUBTFUL)
def test_a_file_that_leaves_doubt_is_unpacked_whole(name):
    assert scan(DOUBTFUL[name]) is None


def test_real_records(shared_data):
    """Of two networks, blockette 1001 before and after 1000 or missing: the traces that pymseed finds."""
    for name, length in (("ridgecrest/CI.CLC", 4096), ("sthelens/PB.B204", 512), ("sthelens/UW.SHW", 512)):
        content = shared_data("continuous", *f"{name}.mseed".split("/")).read_bytes()
        headers = headers_of(content, length)
        for channel in np.unique(headers[:, 15:18], axis=0):
            one = headers[(headers[:, 15:18] == channel).all(axis=1)].tobytes()
            records = scan(one)
            expected = [(trace.stats.starttime.ns, trace.stats.npts) for trace in unpack_miniseed(one)]
            assert records.runs(slice(0, len(records.size))) == expected


def test_as_context_a_file_says_what_is_wrong_with_it(archive, tmp_path):
    """Another station's, another day's or a broken file is told by those that only read its ends, too."""
    shard = make_plan(job_for(archive, tmp_path / "out"), LocalSource(archive), Layout("sds")).shards[0]
    (file,) = [file for file in shard.files_of(DAY) if file.component == "Z"]
    path = archive / file.path
    piece = GRID.piece(DAY + datetime.timedelta(days=1))
    whole = path.read_bytes()
    others = [sds_path(archive, "XX.BBB.00.HHZ", DAY), sds_path(archive, "XX.AAA..HHZ", DAY.replace(day=5))]
    slow = encoded(rate=99.97, start=midnight(DAY) + 86_400 - 1900)  # cut by its samples, not by its times
    for content in (whole, whole[:-7], whole[:600], b"", slow, *(other.read_bytes() for other in others)):
        path.write_bytes(content)
        state = LocalSource(archive).state(file.path)
        found = [
            fetch(LocalSource(archive), shard, fetching.Input(file.path, "Z", DAY, state), GRID, within)
            for within in (None, piece)
        ]
        assert found[0].errors == found[1].errors
        assert found[0].sha256 == found[1].sha256
        assert cuts(found[0].traces, piece) == cuts(found[1].traces, piece)
