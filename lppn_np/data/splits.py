"""Which record trains, tunes or tests: never two records of one event on different sides."""

from __future__ import annotations

import functools
import hashlib
import math
from collections.abc import Sequence

from lppn_np.data.cells import word
from lppn_np.errors import InputError

SPLITS = ("train", "dev", "test")
DEFAULT_FRACTIONS = (0.8, 0.1, 0.1)
_SYNONYMS = {"training": "train", "val": "dev", "valid": "dev", "validation": "dev", "testing": "test"}


@functools.lru_cache(maxsize=1024)
def declared_split(text: str) -> str:
    """
    The split that a metadata cell declares, ``""`` if it declares none.

    Examples
    --------
    >>> declared_split("Train"), declared_split("val"), declared_split("fold_3"), declared_split("")
    ('train', 'dev', 'fold_3', '')
    """
    name = word(text)
    lower = name.lower()
    return lower if lower in SPLITS else _SYNONYMS.get(lower, name)


def split_by_hash(key: str, fractions: Sequence[float] = DEFAULT_FRACTIONS) -> str:
    """
    A split for an event (or a noise record) that depends on nothing but its name.

    The same on every machine, in every process and however many records there are; so that new data never
    move an old event from one split to another.

    Parameters
    ----------
    key
        What stays together: the event's identity.
    fractions
        Shares of train, dev and test; they add up to 1.

    Examples
    --------
    >>> split_by_hash("8556349"), split_by_hash("ci10283301"), split_by_hash("event 1")
    ('dev', 'test', 'train')
    """
    # Not hash(), which Python salts anew for every process.
    digest = hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    position = int.from_bytes(digest, "big") / 2**64
    if position < fractions[0]:
        return "train"
    return "dev" if position < fractions[0] + fractions[1] else "test"


def check_fractions(fractions: Sequence[float]) -> tuple[float, float, float]:
    """Refuse shares that are not three numbers from 0 to 1 with the sum 1.

    Raises
    ------
    InputError
        They are something else.
    """
    shares = tuple(float(share) for share in fractions)
    if len(shares) != len(SPLITS) or not all(0 <= x <= 1 for x in shares) or not math.isclose(sum(shares), 1):
        raise InputError(
            f"split_fractions is {tuple(fractions)}; three shares of 0 to 1 for {', '.join(SPLITS)}, "
            "with the sum 1, are expected"
        )
    return shares[0], shares[1], shares[2]
