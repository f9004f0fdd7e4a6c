"""What made the picks, as formats have it: two columns, or a file beside those without a place for it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lppn_np.provenance import Provenance, provenance_of

if TYPE_CHECKING:
    from lppn_np.picks import Pick

#: Fields of rows that have fields by name. Each row has them: files are cut, joined and followed by lines.
COLUMNS = ("made_by", "weights_sha256")
#: Added to the name of a file that has no place for it. Not ``.json``: it would be taken for picks.
SUFFIX = ".provenance"


def origin_fields(pick: Pick) -> dict[str, str]:
    """The two fields of a pick, or none."""
    origin = pick.provenance
    return dict(zip(COLUMNS, (origin.made_by, origin.sha256), strict=True)) if origin else {}


def as_json(provenance: Iterable[Provenance]) -> bytes:
    """A list of objects, one an origin."""
    return (json.dumps([origin.to_dict() for origin in provenance], indent=1) + "\n").encode()


def beside(path: Path, parts: Iterable[bytes], picks: Sequence[Pick], folder: bool) -> dict[Path, bytes]:
    """The file beside an output that does not hold every sha256 itself, or none.

    One that is there already is written anew in any case: it told of the file that is now replaced.
    """
    provenance, parts = provenance_of(picks), list(parts)
    place = path / f"picks{SUFFIX}" if folder else path.with_name(path.name + SUFFIX)
    told = all(any(origin.sha256.encode() in part for part in parts) for origin in provenance)
    return {} if told and not place.exists() else {place: as_json(provenance)}
