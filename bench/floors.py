"""The goals that were set for the speed, and what it would take to reach those that are missed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lppn_np.bench.contenders import HEADLINE
from lppn_np.bench.day import PHASENET, STA_LTA
from lppn_np.bench.tables import markdown, threads

_EAGER, _ONNX = "PyTorch eager", "ONNX Runtime"
#: Times as long as ours that PyTorch eager has to take, whatever the network.
EAGER = 4.0
#: The same for ONNX Runtime, by network.
ONNX = {
    **{f"S={stride} n={n}": ratio for n, ratio in ((4, 2.3), (8, 1.5), (16, 1.12)) for stride in (8, 16)},
    "tiny": 1.5, "medium": 1.3, "large": 1.0,
}  # fmt: skip
#: The same for a long record, by peer and network.
DAY = {
    STA_LTA: {"S=16 n=4": 1.0, "S=16 n=8": 0.4},
    PHASENET: {"S=16 n=4": 15.0, "S=16 n=8": 15.0},
}
#: Least share of the core's multiply-add peak, by features.
SHARE = {4: 0.45, 8: 0.60, 16: 0.60}


@dataclass(frozen=True)
class Verdict:
    """One goal and what was measured.

    Attributes
    ----------
    what, peer : str
        Network, and threads where there is a choice; with whom it is compared.
    floor, reached : float
        The peer's time over ours (or our share of the peak).
    share, peer_share : float or None
        Of the peak of so many cores: ours, counting the multiply-adds that are done, and the peer's, counting
        those of the layers. None where no peak was measured, or the peer computes something else.
    """

    what: str
    peer: str
    floor: float
    reached: float
    share: float | None = None
    peer_share: float | None = None

    @property
    def met(self) -> bool:
        """Whether the goal is reached."""
        return self.reached >= self.floor

    @property
    def needed(self) -> float | None:
        """The share of the peak that it takes: our time times our share, over the time that is allowed."""
        return None if self.share is None else self.share * self.floor / self.reached


def judge(found: dict[str, Any]) -> list[Verdict]:
    """Compare all figures that are there with the goals."""
    return [*_forward(found), *_day(found), *_shares(found)]


def _forward(found: dict[str, Any]) -> Iterator[Verdict]:
    for row in found.get("forward", []):
        floors = {_EAGER: EAGER}
        if row["network"] in ONNX:
            floors[_ONNX] = ONNX[row["network"]]
        for peer, floor in floors.items():
            if peer not in row.get("ratios", {}):
                continue
            peak = _peak(found, row["network"], row["threads"])
            share = peer_share = None
            if peak:
                work = 2e-9 * row["multiply_adds"] / peak
                peer_share = work / row["contenders"][peer]["median"]
                share = work * _done(found, row["network"]) / row["contenders"][HEADLINE]["median"]
            what = f"{row['network']}, {threads(row)}"
            yield Verdict(what, peer, floor, row["ratios"][peer]["median"], share, peer_share)


def _day(found: dict[str, Any]) -> Iterator[Verdict]:
    for row in found.get("day", []):
        for peer, floors in DAY.items():
            for network, floor in floors.items():
                if peer not in row["ratios"].get(network, {}):
                    continue
                peak = _peak(found, network, row["threads"])
                share = None
                if peak:
                    work = 2e-9 * row["multiply_adds"][network] * _done(found, network)
                    share = work / row["contenders"][f"{HEADLINE} {network}"]["median"] / peak
                what = f"long record, {network}, {threads(row)}"
                yield Verdict(what, peer, floor, row["ratios"][network][peer]["median"], share)


def _shares(found: dict[str, Any]) -> Iterator[Verdict]:
    for row in found.get("roofline", {}).get("networks", []):
        if row["variant"] == "paper":
            share = row["engines"][HEADLINE]["share"]["median"]
            yield Verdict(f"{row['network']}, 1 thread", "the peak", SHARE[row["features"]], share, share)


def _network(found: dict[str, Any], name: str) -> dict[str, Any] | None:
    rows = found.get("roofline", {}).get("networks", [])
    return next((row for row in rows if row["network"] == name), None)


def _peak(found: dict[str, Any], network: str, threads: int) -> float | None:
    """GFLOP/s of so many cores at once; on one thread, that of the same process as the network's steps."""
    row = _network(found, network)
    if row is None:
        return None
    peak: float | None = row["peak_gflops"] if threads == 1 else found["roofline"]["peaks"].get(str(threads))
    return peak


def _done(found: dict[str, Any], network: str) -> float:
    """Multiply-adds that our program does, over those of the layers: halos more, combined taps fewer."""
    row = _network(found, network)
    return row["done"] / row["nominal"] if row else 1.0


def section(found: dict[str, Any]) -> str:
    """Markdown: which goals are missed, and what share of the peak each would take."""
    verdicts = judge(found)
    missed = [verdict for verdict in verdicts if not verdict.met]
    lines = [f"{len(verdicts) - len(missed)} of {len(verdicts)} goals that were set are reached.", ""]
    if not missed:
        return "\n".join(lines)
    body = [
        (
            v.what, v.peer, f"{v.floor:.2f}", f"{v.reached:.2f}", _percent(v.share), _percent(v.needed),
            _percent(v.peer_share),
        )
        for v in missed
    ]  # fmt: skip
    head = ("where", "beside", "goal", "reached", "our share of the peak", "share needed", "the peer's share")
    beyond = sum(v.needed is not None and v.needed > 1 for v in missed)
    near = sum(v.needed is not None and 0.9 < v.needed <= 1 for v in missed)
    lines += [
        markdown(head, body),
        "",
        "The share needed is our time times our share over the time that the goal allows: what part of the\n"
        "multiply-add peak of so many cores, measured in the same run, our program would have to reach.\n"
        f"{beyond} of the {len(missed)} missed goals take more than the whole peak, {near} more than nine\n"
        "tenths of it. [How it is fast](how-it-is-fast.md#where-a-goal-was-not-reached) says what was tried.",
        "",
    ]
    return "\n".join(lines)


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.0f} %"
