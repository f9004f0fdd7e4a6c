"""A worker process: a shard a line on standard input, its outcome a line on standard output, both JSON.

``python -m lppn_np.archive.worker``, started by :mod:`lppn_np.archive.workers`. Nothing is pickled.
"""

from __future__ import annotations

import os
import sys
import threading
import time

_WATCH_SECONDS = 1.0


def main() -> None:
    """Work until standard input ends, or whoever started this process is gone."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints must not end up among the answers
    parent = os.getppid()
    threading.Thread(target=_leave_with, args=(parent,), daemon=True).start()
    from lppn_np.archive.outcome import attempt_text

    for line in sys.stdin:
        answers.write(attempt_text(line) + "\n")
        answers.flush()


def _leave_with(parent: int) -> None:
    """End when the parent does: another run may already be at the same shard."""
    while os.getppid() == parent:
        time.sleep(_WATCH_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    main()
