"""Arrays as text inside a page: shuffled, deflated, base64.

The page undoes it with the browser's DecompressionStream (``template/data.js``). Every value comes back to
the last bit.
"""

from __future__ import annotations

import base64
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray


def pack(array: NDArray[Any]) -> dict[str, Any]:
    """Return a JSON-ready copy of an array.

    First bytes of all the numbers, then the second bytes and so on: exponents beside exponents compress.
    A minute of obspy's example and the default weights take 340 kB instead of 362 kB.

    Parameters
    ----------
    array : ndarray of any shape, float or int

    Returns
    -------
    dict
        ``dtype`` (``"f4"``, ``"i4"``), ``shape``, ``data``.
    """
    little = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    planes = little.reshape(-1).view(np.uint8).reshape(-1, little.itemsize).T
    deflated = zlib.compress(np.ascontiguousarray(planes).tobytes(), 9)
    return {
        "dtype": f"{little.dtype.kind}{little.itemsize}",
        "shape": list(array.shape),
        "data": base64.b64encode(deflated).decode("ascii"),
    }
