"""The windows of a record whose end is not known yet: the same that the whole record would get."""

from __future__ import annotations

import dataclasses

import numpy as np

from lppn_np.picking.windows import Windows, plan_windows


@dataclasses.dataclass(frozen=True)
class Grid:
    """Windows counted from the first sample, the window k at k times the step.

    Attributes
    ----------
    length, overlap, blinding : int
        As in :func:`lppn_np.picking.windows.plan_windows`.
    """

    length: int
    overlap: int
    blinding: int

    @property
    def step(self) -> int:
        """Samples from one window to the next."""
        return self.length - self.overlap

    def complete(self, n_samples: int) -> int:
        """How many windows end before the sample ``n_samples``: none of them is the record's last.

        The last one counts to its very end, so a window that ends with the data has to wait for one more.
        """
        return max(0, -(-(n_samples - self.length) // self.step))

    def regular(self, first: int, stop: int) -> Windows:
        """Windows [first, stop), none of which is the record's last."""
        starts = np.arange(first, stop, dtype=np.int64) * self.step
        begin = starts + self.blinding
        if first == 0:
            begin[0] = 0
        return Windows(self.length, starts, begin, starts + self.length - self.blinding)

    def last(self, n_samples: int, n_done: int) -> Windows:
        """The window after the first ``n_done`` of a record that ends."""
        before = max(0, n_done - 1)
        plan = plan_windows(n_samples - before * self.step, self.length, self.overlap, self.blinding)
        last = slice(
            len(plan) - 1, None
        )  # with the one before it, so that only a record's first counts from 0
        return Windows(
            plan.length, *(each[last] + before * self.step for each in (plan.starts, plan.first, plan.stop))
        )
