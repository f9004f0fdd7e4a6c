"""Packets of a SeedLink server, through obspy's client, for as long as it takes."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from lppn_np.errors import InputError
from lppn_np.optional import require

if TYPE_CHECKING:
    from obspy import Trace

_STREAM = re.compile(r"([A-Z0-9]{1,2})_([A-Z0-9]{1,5})(?::([A-Z0-9?.\-! ]+))?", re.IGNORECASE)
#: Seconds without a packet after which the connection is taken for dead.
_SILENCE = 120
#: Seconds. A packet that is further ahead of time has a wrong clock; taken, it would make all others late.
_AHEAD = 3600


class SeedLink:
    """A SeedLink server's packets; a connection that ends is made again and goes on where it stopped.

    Parameters
    ----------
    address : str
        ``host:port``.
    streams : str
        ``NET_STA:SELECTORS,...``, such as ``"CI_CLC:HH?,IU_ANMO:00BH?"``; without selectors ``???``.
    fetch : bool
        End when the server has sent all it holds (its dial-up mode), instead of waiting for more.
    begin : str, optional
        ISO 8601: from when on, where the server allows it. Default: what it receives from now on.
    retry : float
        Seconds before a connection is made again.
    report : callable
        Called with a text for each thing that goes wrong and is tried again.

    Raises
    ------
    InputError
        An address, a stream or a time that cannot be understood.
    """

    def __init__(
        self,
        address: str,
        streams: str,
        *,
        fetch: bool = False,
        begin: str | None = None,
        retry: float = 10.0,
        report: Callable[[str], None] = print,
    ) -> None:
        self._retry, self._report = retry, report
        self._link = _make_link()
        self._link.set_sl_address(_checked_address(address))
        # Not 0: obspy's client waits for ever then.
        self._link.netdly, self._link.netto, self._link.keepalive = max(retry, 0.01), _SILENCE, 60
        self._link.dialup = fetch
        if begin is not None:
            self._link.set_begin_time(_checked_time(begin))
        for network, station, selectors in _parse(streams):
            self._link.add_stream(network, station, selectors, -1, None)

    @property
    def sequence(self) -> dict[str, int]:
        """Number of the last packet of each station, by ``NET_STA``: where :meth:`resume` goes on."""
        return {f"{s.net}_{s.station}": s.seqnum for s in self._link.streams if s.seqnum >= 0}

    def resume(self, sequence: dict[str, int]) -> None:
        """Ask for what came after these packets (stations that are not mentioned begin as ever)."""
        for stream in self._link.streams:
            stream.seqnum = sequence.get(f"{stream.net}_{stream.station}", -1)

    def packets(self) -> Iterator[Trace]:
        """Yield traces, each a packet; ends only where the server says that there is no more."""
        exceptions = require("obspy.clients.seedlink.seedlinkexception", "waveforms")
        packet_kind = require("obspy.clients.seedlink.slpacket", "waveforms").SLPacket
        while True:
            try:
                packet = self._link.collect()
            except (exceptions.SeedLinkException, OSError) as error:
                self._report(f"{self._link.sladdr}: {_text(error)}; trying again in {self._retry:g} s")
                self._link.disconnect()
                time.sleep(self._retry)
                continue
            if packet is None or packet == packet_kind.SLTERMINATE:
                return
            if packet == packet_kind.SLERROR:
                self._report(f"{self._link.sladdr}: the server reports an error")
            elif isinstance(packet, packet_kind) and packet.trace is not None:
                if packet.trace.stats.endtime.timestamp > time.time() + _AHEAD:
                    self._report(f"{packet.trace.id}: a packet of {packet.trace.stats.starttime}, left out")
                else:
                    yield packet.trace

    def close(self) -> None:
        """Close the connection."""
        self._link.disconnect()


def _make_link() -> Any:
    connection: Any = require(
        "obspy.clients.seedlink.client.seedlinkconnection", "waveforms"
    ).SeedLinkConnection

    class Link(connection):  # type: ignore[misc]
        """obspy's client, but one that sees when the server has closed the connection.

        As it is (1.5), it takes the empty answer for silence and sits there until the network timeout, and
        cannot connect without a limit to the time that it collects.
        """

        def is_connected(self, timeout: float | None = 1.0) -> bool:
            return bool(super().is_connected(1.0 if timeout is None else timeout))

        def receive_data(self, maxbytes: int, code: Any) -> bytes:
            received: bytes = super().receive_data(maxbytes, code)
            if not received and maxbytes > 0:
                raise ConnectionResetError("the server has closed the connection")
            return received

    return Link()


def _checked_address(address: str) -> str:
    host, _, port = address.removeprefix("seedlink://").partition(":")
    if not host or not (port or "18000").isdigit():
        raise InputError(f"the SeedLink server is {address!r}; host:port is expected")
    return f"{host}:{port or 18000}"


def _checked_time(text: str) -> Any:
    obspy = require("obspy", "waveforms")
    try:
        return obspy.UTCDateTime(text)
    except Exception as error:  # obspy raises several
        raise InputError(f"the begin is {text!r}; a time such as 2019-07-04T17:33:49 is expected") from error


def _parse(streams: str) -> list[tuple[str, str, str]]:
    found = []
    for part in streams.split(","):
        match = _STREAM.fullmatch(part.strip())
        if not match:
            raise InputError(
                f"the stream {part.strip()!r} is not understood; NET_STA or NET_STA:SELECTORS is expected"
            )
        found.append((match[1], match[2], match[3] or "???"))
    return found


def _text(error: Exception) -> str:
    return str(getattr(error, "value", error))
