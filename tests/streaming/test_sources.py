"""Packets from a pipe and from a SeedLink server; what is written is written once."""

import io
import json
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import lppn_np
from lppn_np.bench.seedlink_replay import ReplayServer, packets_of
from lppn_np.cli import main
from lppn_np.errors import InputError
from lppn_np.streaming.journal import Journal
from lppn_np.streaming.miniseed_pipe import packets, record_size
from lppn_np.streaming.seedlink import SeedLink

from .conftest import LOW, made_up, traces

ARGUMENTS = ["stream", "--threshold", "0.1", "--retry", "0.05"]
STATIONS = ("XX.AAA..HH", "YY.BBB.00.EH")
STREAMS = "XX_AAA:HH?,YY_BBB:00EH?"


@pytest.fixture(scope="module")
def whole():
    """Return three minutes of two stations, one with a gap, as obspy has them."""
    import obspy

    found = obspy.Stream()
    for number, station in enumerate(STATIONS):
        data = made_up(18_000, seed=20 + number)
        parts = [data] if number else [data[:, :7000], data[:, 9000:]]
        for part, start in zip(parts, (0, 90), strict=False):
            begin = obspy.UTCDateTime("2020-01-01T12:00:00.25") + start
            for row, component in zip(part, "ENZ", strict=True):
                (trace,) = traces(row[None], begin, station, component)
                found.append(trace)
    return found


@pytest.fixture(scope="module")
def content(whole):
    """Return them as records of 512 bytes, in order of their ends."""
    file = io.BytesIO()
    whole.write(file, format="MSEED", reclen=512, encoding="STEIM2")
    return b"".join(packet.record for packet in packets_of(file.getvalue()))


@pytest.fixture(scope="module")
def expected(whole, model):
    picks = lppn_np.pick(whole, model=model, **LOW)
    assert len(picks) > 30
    return sorted((p.trace_id, p.phase, p.peak_time.ns, p.peak_value) for p in picks)


def same_lines(lines, expected):
    from obspy import UTCDateTime

    found = [json.loads(line) for line in lines.splitlines()]
    rows = sorted((p["trace_id"], p["phase"], UTCDateTime(p["time"]).ns, p["probability"]) for p in found)
    assert [row[:2] for row in rows] == [row[:2] for row in expected]
    for row, other in zip(rows, expected, strict=True):
        assert abs(row[2] - other[2]) <= 1000
        assert row[3] == pytest.approx(other[3], abs=1e-6)


# ---------------------------------------------------------------- MiniSEED


class Dribble:
    """A pipe that fills a few bytes at a time."""

    def __init__(self, content, sizes):
        self._file, self._sizes = io.BytesIO(content), sizes

    def read(self, size):
        return self._file.read(min(size, int(next(self._sizes))))


def test_records_from_a_file_and_standard_input(content, expected, tmp_path, capsys, monkeypatch):
    path = tmp_path / "records"
    path.write_bytes(content)
    assert main([*ARGUMENTS, str(path)]) == 0
    same_lines(capsys.readouterr().out, expected)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert main([*ARGUMENTS, "-", "-o", str(tmp_path / "picks.jsonl")]) == 0
    same_lines((tmp_path / "picks.jsonl").read_text(), expected)
    assert f"{len(expected)} picks of 2 stations" in capsys.readouterr().err


def test_a_record_is_worked_on_when_it_is_whole(content):
    rng = np.random.default_rng(0)
    pipe = Dribble(content, (10 ** rng.uniform(0, 3.5) + 1 for _ in iter(int, 1)))
    told = []
    n_samples = sum(len(trace) for stream in packets(pipe, told.append) for trace in stream)
    assert n_samples == 3 * (16_000 + 18_000)
    assert told == []
    assert len(list(packets(Dribble(content[:1300], iter([511, 1, 1023, 1, 0])), told.append))) == 2
    assert "256 bytes at the end" not in told[0]
    assert "bytes at the end of the input are no whole record" in told[0]


def test_a_damaged_record_is_left_out(content):
    broken = bytearray(content)
    broken[512 * 5 + 64 : 512 * 6] = os.urandom(448)
    told = []
    n_samples = sum(
        len(trace) for stream in packets(io.BytesIO(bytes(broken)), told.append) for trace in stream
    )
    assert n_samples < 3 * (16_000 + 18_000)
    assert n_samples > 3 * (16_000 + 18_000) - 1500 or told


@pytest.mark.parametrize("start", [b"MS\x03" + bytes(60), b"V" * 64, b"000001D " + bytes(60)])
def test_other_input_than_records(start, capsys, tmp_path):
    (tmp_path / "x").write_bytes(start)
    assert main([*ARGUMENTS, str(tmp_path / "x")]) == 1
    assert "byte 0 of the input" in capsys.readouterr().err


def test_the_length_of_a_record(content):
    assert record_size(content) == 512
    assert record_size(content[:40]) == record_size(content[:50]) == 0
    swapped = bytearray(content[:64])
    for at in (20, 22, 46, 48, 50):
        swapped[at : at + 2] = swapped[at : at + 2][::-1]
    assert record_size(bytes(swapped)) == 512
    for place, value in ((39, 0), (54, 60), (46, 0)):
        broken = bytearray(content[:64])
        broken[place] = value
        if place == 46:
            broken[47] = 63  # a blockette that is cut off: more is needed
            assert record_size(bytes(broken)) == 0
        else:
            with pytest.raises(InputError, match="does not tell its length"):
                record_size(bytes(broken))


# ---------------------------------------------------------------- SeedLink


@pytest.mark.parametrize("abort", [False, True])
def test_a_server_that_closes_the_connection_twice(abort, content, expected, tmp_path, capsys):
    sent = packets_of(content)
    output = tmp_path / "picks.jsonl"
    with ReplayServer(sent, cut_after=(len(sent) // 3, len(sent) // 2), abort=abort, torn=200) as server:
        status = main(
            [*ARGUMENTS, "--seedlink", server.address, "--streams", STREAMS, "--fetch", "-o", str(output)]
        )
    assert status == 0
    assert server.n_connections == 3
    assert server.n_sent == len(sent) or abort  # what a reset had swallowed is asked for again
    assert [command for command in server.commands if command.startswith("FETCH 0x")]
    same_lines(output.read_text(), expected)


# obspy leaves the socket of a connection that is refused to the garbage collector.
@pytest.mark.filterwarnings(
    "ignore:unclosed:ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
def test_a_server_that_is_not_there_yet(content, expected):
    told = []
    with ReplayServer(packets_of(content)) as server:
        address = server.address
    with ReplayServer(packets_of(content)) as later:
        link = SeedLink(address, STREAMS, fetch=True, retry=0.05, report=told.append)
        real = link._link.connect

        def connect():
            if len(told) >= 2:
                link._link.sladdr = later.address
            real()

        link._link.connect = connect
        n_samples = sum(len(trace) for trace in link.packets())
    assert n_samples == 3 * (16_000 + 18_000)
    assert "trying again in 0.05 s" in told[0]


def test_selectors_and_where_it_goes_on(content):
    sent = packets_of(content)
    with ReplayServer(sent) as server:
        link = SeedLink(server.address, "XX_AAA:HHZ", fetch=True)
        first = list(link.packets())
        assert {trace.id for trace in first} == {"XX.AAA..HHZ"}
        number = link.sequence["XX_AAA"]
        assert sent[number - 1].channel == "HHZ"
        link = SeedLink(server.address, "XX_AAA:HHZ", fetch=True)
        link.resume({"XX_AAA": number - 100})
        assert 0 < len(list(link.packets())) < len(first)


def test_a_packet_from_the_future_is_left_out(whole):
    file, told = io.BytesIO(), []
    part = whole.select(station="BBB").copy().trim(endtime=whole[0].stats.starttime + 20)
    part[0].stats.starttime += 100 * 365 * 86_400
    part.write(file, format="MSEED", reclen=512)
    with ReplayServer(packets_of(file.getvalue())) as server:
        link = SeedLink(server.address, "YY_BBB:EH?", fetch=True, report=told.append)
        found = {trace.id for trace in link.packets()}
    assert len(found) == 2
    assert "left out" in told[0]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--seedlink", "127.0.0.1:1"], "--streams"),
        (["--seedlink", "127.0.0.1:1", "--streams", "CLC"], "NET_STA"),
        (["--seedlink", "127.0.0.1:x", "--streams", "CI_CLC"], "host:port"),
        (["--seedlink", "127.0.0.1:1", "--streams", "CI_CLC", "--begin", "soon"], "a time such as"),
        (["nowhere"], "cannot be read"),
        (["-", "--max-latency", "-1"], "max_latency"),
    ],
)
def test_wrong_usage(arguments, message, capsys):
    assert main(["stream", *arguments]) == 1
    assert message in capsys.readouterr().err


# ---------------------------------------------------------------- restarts


def test_a_run_goes_on_with_the_state_of_the_last(content, expected, tmp_path):
    state, output = tmp_path / "state.npz", tmp_path / "picks.jsonl"
    third = len(content) // 3 // 512 * 512
    for part in (content[:third], content[third : 2 * third], content[2 * third :]):
        (tmp_path / "part").write_bytes(part)
        assert main([*ARGUMENTS, str(tmp_path / "part"), "--state", str(state), "-o", str(output)]) == 0
    pickers = lppn_np.StreamingPickers.restore(state)
    with output.open("ab") as file:
        Journal(file).add(pickers.close())
    same_lines(output.read_text(), expected)


def test_other_settings_than_the_states(content, tmp_path, capsys):
    state = tmp_path / "state.npz"
    (tmp_path / "part").write_bytes(content[:5120])
    assert main([*ARGUMENTS, str(tmp_path / "part"), "--state", str(state)]) == 0
    assert main([*ARGUMENTS, str(tmp_path / "part"), "--state", str(state), "--early"]) == 1
    assert "other settings" in capsys.readouterr().err


def test_lines_after_the_saved_position_are_not_written_again(ten_minutes, model, tmp_path):
    import obspy

    stream = obspy.Stream(traces(ten_minutes))
    picks = lppn_np.StreamingPickers(model, **LOW).feed(stream)
    path = tmp_path / "picks.jsonl"
    journal = Journal.append_to(path, None)
    journal.add(picks[:5])
    position = journal.sync()
    journal.add(picks[5:9])
    journal.close()
    with path.open("ab") as file:
        file.write(b'{"trace_id": "XX.A')  # the machine stopped here
    again = Journal.append_to(path, position)
    again.add(picks[5:])
    again.close()
    assert again.n_written == len(picks) - 9
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(line["phase"], line["time"][:-1]) for line in lines] == [
        (p.phase, p.peak_time.strftime("%Y-%m-%dT%H:%M:%S.%f")) for p in picks
    ]
    with pytest.raises(InputError, match="another file"):
        Journal.append_to(path, position + 10**6)
    path.write_text("no JSON\n")
    with pytest.raises(InputError, match="cannot be gone on with"):
        Journal.append_to(path, 0)


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_a_stopped_or_killed_run_loses_and_repeats_nothing(end, content, expected, tmp_path):
    """SIGTERM between two packets; SIGKILL after picks that the saved state does not know."""
    sent = packets_of(content)
    late = [*sent[: 2 * len(sent) // 3], *(_later(packet) for packet in sent[2 * len(sent) // 3 :])]
    state, output = tmp_path / "state.npz", tmp_path / "picks.jsonl"
    command = [sys.executable, "-m", "lppn_np", *ARGUMENTS, "--streams", STREAMS]
    command += ["--state", str(state), "-o", str(output), "--seedlink"]
    pace = ["--save-every", "0.2" if end == signal.SIGKILL else "60"]
    with ReplayServer(late) as server:
        run = subprocess.Popen([*command, server.address, *pace], stderr=subprocess.DEVNULL)
        try:
            wanted = len(expected) // 3
            _until(lambda: output.exists() and output.read_bytes().count(b"\n") >= wanted)
            if end == signal.SIGKILL:
                _until(state.exists)
            run.send_signal(end)
            assert run.wait(30) == (0 if end == signal.SIGTERM else -signal.SIGKILL)
        finally:
            run.kill()
    with ReplayServer(sent) as server:
        assert main([*command[3:], server.address, "--fetch"]) == 0
    pickers = lppn_np.StreamingPickers.restore(state)
    with output.open("ab") as file:
        Journal(file).add(pickers.close())
    same_lines(output.read_text(), expected)


def _later(packet):
    return type(packet)(packet.due + 1000, packet.network, packet.station, packet.channel, packet.record)


def _until(condition, seconds=90):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_the_server_stops_with_its_clients(content):
    before = threading.active_count()
    with ReplayServer(packets_of(content)) as server:
        link = SeedLink(server.address, STREAMS)
        next(link.packets())
        link.close()
    assert threading.active_count() == before
