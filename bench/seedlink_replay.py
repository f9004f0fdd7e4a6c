"""A SeedLink server, version 3, that replays MiniSEED records on loopback: for tests and measurements."""

from __future__ import annotations

import fnmatch
import re
import socket
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

_RECORD = 512


@dataclass(frozen=True)
class Packet:
    """A record and when it is there to be sent.

    Attributes
    ----------
    due : float
        Seconds after the server starts.
    network, station, channel : str
        ``channel`` with the location before it, if there is one.
    record : bytes
        512 of them.
    """

    due: float
    network: str
    station: str
    channel: str
    record: bytes


@dataclass
class _Wish:
    """What a client asked for of one station."""

    network: str
    station: str
    selectors: list[str] = field(default_factory=list)
    first: int | None = None

    def wants(self, packet: Packet) -> bool:
        if (packet.network, packet.station) != (self.network, self.station):
            return False
        patterns = [selector.partition(".")[0] for selector in self.selectors]
        code = packet.channel
        return not patterns or any(
            fnmatch.fnmatchcase(code, p) or fnmatch.fnmatchcase(code[-3:], p) for p in patterns
        )


class ReplayServer:
    """Serves packets in order of their time; use it in a ``with`` statement.

    Parameters
    ----------
    packets : iterable of Packet
    cut_after : sequence of int
        The connection is closed after that many packets have been sent in all, once each.
    abort : bool
        Close it so that the client sees an error, instead of an end.
    torn : int
        Bytes of a packet that are sent before a cut, to leave the client with half a packet.
    """

    def __init__(
        self, packets: Iterable[Packet], cut_after: Sequence[int] = (), abort: bool = False, torn: int = 0
    ) -> None:
        self.packets = sorted(packets, key=lambda packet: packet.due)
        self._cuts, self._abort, self._torn = sorted(cut_after), abort, torn
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []
        self._over = threading.Event()
        self.n_sent = self.n_connections = 0
        self.commands: list[str] = []
        self._fetch = False

    @property
    def address(self) -> str:
        """``host:port``."""
        return f"127.0.0.1:{self._socket.getsockname()[1]}"

    def __enter__(self) -> ReplayServer:
        self._start = time.monotonic()
        self._run(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for thread in self._threads:
            thread.join(10)

    def _run(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                client = self._socket.accept()[0]
            except OSError:  # closed
                return
            self.n_connections += 1
            self._run(self._serve, client)

    def _serve(self, client: socket.socket) -> None:
        wishes: list[_Wish] = []
        with client:
            try:
                while (command := _line(client)) is not None:
                    self.commands.append(command)
                    verb, *rest = command.split()
                    if verb == "HELLO":
                        client.sendall(b"SeedLink v3.1 (replay)\r\nlppn-np\r\n")
                    elif verb == "STATION":
                        wishes.append(_Wish(rest[1], rest[0]))
                        client.sendall(b"OK\r\n")
                    elif verb == "SELECT":
                        wishes[-1].selectors += rest
                        client.sendall(b"OK\r\n")
                    elif verb in ("DATA", "FETCH", "TIME"):
                        wishes[-1].first = int(rest[0], 16) if rest and verb != "TIME" else None
                        self._fetch = verb == "FETCH"
                        client.sendall(b"OK\r\n")
                    elif verb == "END":
                        self._send(client, wishes)
                        return
                    else:
                        client.sendall(b"ERROR\r\n")
            except OSError:  # the client has gone
                return

    def _send(self, client: socket.socket, wishes: list[_Wish]) -> None:
        for number, packet in enumerate(self.packets, start=1):
            wish = next((wish for wish in wishes if wish.wants(packet)), None)
            if wish is None or (wish.first is not None and number < wish.first):
                continue
            wait = self._start + packet.due - time.monotonic()
            if wait > 0 and self._over.wait(wait):
                return
            content = b"SL%06X" % number + packet.record
            if self._cuts and self.n_sent >= self._cuts[0]:
                self._cuts.pop(0)
                client.sendall(content[: self._torn])
                if self._abort:
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                return
            client.sendall(content)
            self.n_sent += 1
        if self._fetch:
            client.sendall(b"END")
        while _line(client) is not None:  # keepalives
            pass


def packets_of(content: bytes, speed: float = float("inf")) -> list[Packet]:
    """Records of 512 bytes as packets, each due when its last sample is taken, ``speed`` times as fast.

    Parameters
    ----------
    content : bytes
        Records of any stations in any order.
    speed : float
        Seconds of data a second; infinite: at once, but in that order.
    """
    import io

    from lppn_np.optional import require

    read = require("obspy.io.mseed.core", "bench")._read_mseed
    records = [content[i : i + _RECORD] for i in range(0, len(content), _RECORD)]
    heads = [read(io.BytesIO(record), headonly=True)[0].stats for record in records]
    ends = [float(head.endtime.timestamp) for head in heads]
    first = min(ends)
    order = sorted(range(len(records)), key=lambda i: (ends[i], heads[i].channel))
    packets = []
    for place, i in enumerate(order):
        due = (ends[i] - first) / speed if speed < float("inf") else place * 1e-9
        head = heads[i]
        packets.append(Packet(due, head.network, head.station, head.location + head.channel, records[i]))
    return packets


def _line(client: socket.socket) -> str | None:
    """One command, or None at the end of the connection."""
    content = b""
    while not re.search(rb"[\r\n]$", content):
        byte = client.recv(1)
        if not byte:
            return None
        content = content + byte if content.strip() or byte.strip() else b""
    return content.decode("ascii", "replace").strip()
