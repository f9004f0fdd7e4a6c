"""Pickers to a file and back: one ``.npz`` without pickle, written whole or not at all."""

from __future__ import annotations

import dataclasses
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lppn_np.errors import InputError
from lppn_np.model import LPPN
from lppn_np.npz_file import read_npz, write_npz
from lppn_np.picking.pipeline import Settings
from lppn_np.streaming.chunk import Chunk
from lppn_np.streaming.clocks import Clocks
from lppn_np.streaming.counts import Counts
from lppn_np.streaming.instant import Instant
from lppn_np.streaming.opening import Opening
from lppn_np.streaming.options import Options
from lppn_np.streaming.records import Records
from lppn_np.streaming.telling import Teller

if TYPE_CHECKING:
    from lppn_np.streaming.picker import StreamingPicker

FORMAT = 1

#: Of one picker: numbers and names, ready for JSON, and arrays by name.
Dump = tuple[dict[str, Any], dict[str, NDArray[Any]]]


def dump(picker: StreamingPicker) -> Dump:
    """Everything that a picker knows, but for its model."""
    records = picker._records
    records.unstage()
    meta = {
        "model": {"sha256": picker.model.sha256, "config": picker.model.config.to_dict()},
        "settings": dataclasses.asdict(picker.settings),
        "options": dataclasses.asdict(picker.options),
        "name": [picker.trace_id, picker.instrument],
        "sampling_rate": picker.sampling_rate,
        "counts": dataclasses.asdict(records.counts),
        "closed": picker._closed,
        "lead": records.lead,
        "origin": records.origin and records.origin.to_json(),
        "end": records.end if records.feeder else None,
        "opening": None,
        "record": None,
    }
    arrays: dict[str, NDArray[Any]] = {}
    if records.opening is not None:
        held = [line for chunk in records.opening.held for line in _held(chunk)]
        meta["opening"] = [dataclasses.asdict(records.opening.counts), held]
        arrays["held"] = np.concatenate(
            [np.empty(0), *(chunk.values.ravel() for chunk in records.opening.held)]
        )
    if records.feeder is not None:
        feeder = records.feeder
        of_decider, numbers = feeder.decider.dump()
        arrays |= of_decider
        meta["record"] = {
            "decider": numbers,
            "rate": feeder.rate,
            "newest": feeder.newest,
            "ends": feeder.ends,
            "clocks": feeder.clocks.pieces,
        }
    return meta, arrays


def load(cls: type[StreamingPicker], dumped: Dump, model: LPPN, path: Path) -> StreamingPicker:
    """Make a picker that goes on.

    Raises
    ------
    InputError
        The model is another one, or the dump does not come from :func:`dump`.
    """
    meta, arrays = dumped
    try:
        same = (meta["model"]["sha256"], meta["model"]["config"]) == (model.sha256, model.config.to_dict())
        if not same:
            raise InputError(f"{path}: the stream was picked by another model than {model!r}")
        picker = cls.__new__(cls)
        picker.model = model
        settings, options = Settings(**meta["settings"]).resolve(model), Options(**meta["options"])
        trace_id, instrument = meta["name"]
        picker._start(settings, options, Teller(model, meta["sampling_rate"], trace_id, instrument))
        picker._closed = meta["closed"]
        _fill(picker._records, meta, arrays)
    except InputError:
        raise
    except (KeyError, ValueError, TypeError, IndexError, OverflowError, AttributeError) as error:
        raise InputError(f"{path}: the state of a stream is damaged ({error!r})") from error
    return picker


def write(path: Path, dumps: list[Dump], meta: dict[str, Any]) -> None:
    """Write the dumps of several pickers.

    The arrays of one name lie behind each other in one member: a network of stations has a few members.
    """
    names = sorted({name for _, arrays in dumps for name in arrays})
    joined = {
        name: np.concatenate(
            [np.asarray(arrays[name], np.float64).ravel() for _, arrays in dumps if name in arrays]
        )
        for name in names
    }
    each = [
        [part, {name: [array.dtype.str, array.shape] for name, array in arrays.items()}]
        for part, arrays in dumps
    ]
    write_npz(path, joined, {"format": FORMAT, "pickers": each, **meta}, InputError)


def read(path: Path, kind: str) -> tuple[list[Dump], dict[str, Any]]:
    """Read what :func:`write` wrote; the dumps and ``meta``.

    Raises
    ------
    InputError
        No such file, or another one.
    """
    members, meta = read_npz(path, "the state of a stream", InputError)
    if not isinstance(meta, dict) or meta.get("kind") != kind or meta.get("format") != FORMAT:
        raise InputError(f"{path}: not the state of a stream of this kind and version")
    try:
        return _split(members, meta["pickers"]), meta
    except (KeyError, ValueError, TypeError) as error:
        raise InputError(f"{path}: the state of a stream is damaged ({error!r})") from error


def read_remarks(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the remarks that :meth:`lppn_np.StreamingPickers.save` was given.

    Raises
    ------
    InputError
        No such file, or another file.
    """
    remarks = read(Path(path), "pickers")[1].get("remarks")
    if not isinstance(remarks, dict):
        raise InputError(f"{path}: the state of a stream is damaged (no remarks)")
    return remarks


def _split(members: dict[str, NDArray[Any]], each: list[Any]) -> list[Dump]:
    place = dict.fromkeys(members, 0)
    dumps = []
    for part, shapes in each:
        arrays = {}
        for name, (kind, shape) in shapes.items():
            size = math.prod(shape)
            piece = members[name][place[name] : place[name] + size]
            if kind not in ("<f4", "<f8", "|u1", "|b1") or len(piece) != size:
                raise ValueError(f"{name} {kind} {shape}")
            arrays[name] = piece.astype(kind).reshape(shape)
            place[name] += size
        dumps.append((part, arrays))
    return dumps


def _held(chunk: Chunk) -> list[Any]:
    """A line for each row of a chunk; they come back as chunks of one row."""
    time, (_, size), kind = chunk.time.to_json(), chunk.values.shape, chunk.values.dtype.str
    rows = range(chunk.rows.start, chunk.rows.stop)
    return [[row, time, size, kind, chunk.rate, chunk.channel] for row in rows]


def _fill(records: Records, meta: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
    records.lead = meta["lead"]
    records.counts = Counts(**meta["counts"])
    records.opening = _opening(meta["opening"], arrays)
    if meta["origin"]:
        records.origin = Instant.from_json(meta["origin"])
    if meta["record"] and records.origin is not None:
        record = meta["record"]
        records.end = meta["end"]
        first = Chunk(slice(0), records.origin, np.empty((0, 0)), record["rate"])
        feeder = records.feeder = records.new_feeder(first)
        feeder.decider.load(arrays, record["decider"])
        feeder.newest, feeder.ends, feeder.clocks = record["newest"], record["ends"], Clocks(record["clocks"])


def _opening(dumped: Any, arrays: dict[str, NDArray[Any]]) -> Opening | None:
    if dumped is None:
        return None
    counts, lines = dumped
    held, first = [], 0
    for row, time, size, kind, rate, channel in lines:
        values = arrays["held"][None, first : first + size].astype(kind)
        held.append(Chunk(slice(row, row + 1), Instant.from_json(time), values, rate, channel))
        first += size
    return Opening(Counts(**counts), held)
