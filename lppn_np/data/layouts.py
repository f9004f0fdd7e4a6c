"""Which metadata file belongs to which waveform file: by STEAD's or SeisBench's names, or as the only two."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from lppn_np.errors import InputError

_HDF5 = (".hdf5", ".h5")


class Pair(NamedTuple):
    """A metadata file and the waveforms that it describes."""

    csv: Path
    hdf5: Path


def find_pairs(path: Path) -> list[Pair]:
    """
    Find the files of a data set.

    Parameters
    ----------
    path
        A folder, or one of its ``.csv`` or ``.hdf5`` files where a folder holds several data sets.

    Returns
    -------
    list of Pair
        One, or one for each chunk.

    Raises
    ------
    InputError
        A file is missing, or there are several candidates.
    """
    if path.is_dir():
        return _in_folder(path)
    if not path.is_file():
        raise InputError(f"{path}: no such file or folder; a folder with a .csv and a .hdf5 file is expected")
    if path.suffix.lower() != ".csv" and path.suffix.lower() not in _HDF5:
        raise InputError(f"{path}: a folder, a .csv file or a .hdf5 file is expected")
    csvs, hdf5s = _files(path.parent)
    is_csv = path.suffix.lower() == ".csv"
    pairs = _matching(csvs, hdf5s)
    for pair in pairs:
        if path in pair:
            return [pair]
    others = hdf5s if is_csv else csvs
    if len(others) > 1:  # no partner of its own name: one that has none either will do
        others = [file for file in others if all(file not in pair for pair in pairs)]
    partner = _only(others, path.parent, not is_csv)
    return [Pair(path, partner) if is_csv else Pair(partner, path)]


def _in_folder(folder: Path) -> list[Pair]:
    chunks = _listed_chunks(folder)
    if chunks:
        return chunks
    csvs, hdf5s = _files(folder)
    pairs = _matching(csvs, hdf5s)
    whole = [pair for pair in pairs if (pair.csv.stem, pair.hdf5.stem) == ("metadata", "waveforms")]
    if whole:  # SeisBench's own name stands before all others, as in SeisBench
        return whole
    for family in (_is_stead_chunk, _is_seisbench_chunk):
        members = [file for file in (*csvs, *hdf5s) if family(file)]
        matched = [pair for pair in pairs if family(pair.csv)]
        if matched and len(matched) == len(pairs):
            return _complete(matched, members)
    if len(pairs) == 1:
        return pairs
    if pairs:
        raise _ambiguous(folder, (pair.csv for pair in pairs))
    return [Pair(_only(csvs, folder, True), _only(hdf5s, folder, False))]


def _listed_chunks(folder: Path) -> list[Pair]:
    """SeisBench's file ``chunks``: one name a line."""
    listing = folder / "chunks"
    if not listing.is_file():
        return []
    names = [line.strip() for line in listing.read_text("utf-8", "replace").splitlines() if line.strip()]
    pairs = [Pair(folder / f"metadata{name}.csv", folder / f"waveforms{name}.hdf5") for name in names]
    for file in (file for pair in pairs for file in pair):
        if not file.is_file():
            raise InputError(f"{file}: missing, though {listing} lists its chunk; is the data set complete?")
    return pairs


def _files(folder: Path) -> tuple[list[Path], list[Path]]:
    """The csv and the hdf5 files of a folder, in natural order: chunk2 before chunk10."""
    try:
        files = sorted((file for file in folder.iterdir() if file.is_file()), key=_natural)
    except OSError as error:
        raise InputError(f"{folder}: cannot be listed ({error.strerror or error})") from error
    shown = [file for file in files if not file.name.startswith(".")]
    return (
        [file for file in shown if file.suffix.lower() == ".csv"],
        [file for file in shown if file.suffix.lower() in _HDF5],
    )


def _natural(file: Path) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", file.name)]


def _matching(csvs: Iterable[Path], hdf5s: Iterable[Path]) -> list[Pair]:
    """Files of one stem, or of SeisBench's metadata<chunk> and waveforms<chunk>."""
    by_stem = {file.stem: file for file in hdf5s}
    pairs = []
    for csv in csvs:
        name = csv.stem
        partner = by_stem.get(name)
        if partner is None and name.startswith("metadata"):
            partner = by_stem.get("waveforms" + name.removeprefix("metadata"))
        if partner is not None:
            pairs.append(Pair(csv, partner))
    return pairs


def _is_stead_chunk(file: Path) -> bool:
    return re.fullmatch(r"chunk_?\d+", file.stem) is not None


def _is_seisbench_chunk(file: Path) -> bool:
    return file.stem.startswith("metadata" if file.suffix.lower() == ".csv" else "waveforms")


def _complete(pairs: list[Pair], members: list[Path]) -> list[Pair]:
    """All the chunks, or an error that names the one whose other half is missing."""
    matched = {file for pair in pairs for file in pair}
    alone = [file for file in members if file not in matched]
    if alone:
        other = "hdf5" if alone[0].suffix.lower() == ".csv" else "csv"
        raise InputError(f"{alone[0]}: a chunk without its {other} file; is the data set complete?")
    return pairs


def _only(files: list[Path], folder: Path, is_csv: bool) -> Path:
    kind = ".csv" if is_csv else ".hdf5"
    if not files:
        raise InputError(
            f"{folder}: no {kind} file; metadata.csv and waveforms.hdf5 (SeisBench), merge.csv and merge.hdf5"
            " or chunk1.csv and chunk1.hdf5 (STEAD) are expected"
        )
    if len(files) > 1:
        raise _ambiguous(folder, files)
    return files[0]


def _ambiguous(folder: Path, files: Iterable[Path]) -> InputError:
    names = ", ".join(file.name for file in files)
    return InputError(f"{folder}: several candidates: {names}; give the path of one of them")
