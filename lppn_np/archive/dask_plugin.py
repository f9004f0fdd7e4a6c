"""What every Dask worker does before its first shard."""

from __future__ import annotations

import json
from typing import Any

import lppn_np
from lppn_np.archive.job import Job
from lppn_np.archive.picking import warm_up
from lppn_np.errors import ArchiveError
from lppn_np.optional import require


class WarmUp(require("distributed", "archive").WorkerPlugin):  # type: ignore[misc]
    """Load the weights and compile the kernels.

    Parameters
    ----------
    text : str
        JSON with ``version`` and ``job``.
    """

    name = "lppn-np"

    def __init__(self, text: str) -> None:
        self.text = text

    def setup(self, worker: Any) -> None:
        """Run by Dask on each worker when it joins."""
        message = json.loads(self.text)
        if message["version"] != lppn_np.__version__:
            raise ArchiveError(f"lppn-np {lppn_np.__version__} here, {message['version']} is expected")
        warm_up(Job(**message["job"]))
