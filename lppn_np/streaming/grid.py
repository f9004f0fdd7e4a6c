"""The windows of a record whose end is not known yet: the same that the whole record would get."""

from __future__ import annotations

import dataclasses

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
        before = max(0, first - 1)  # one to be left out, so that only a record's first window counts from 0
        plan = plan_windows((stop - before) * self.step + self.length, *dataclasses.astuple(self))
        return _part(plan, slice(first - before, stop - before), before * self.step)

    def last(self, n_samples: int, n_done: int) -> Windows:
        """The window after the first ``n_done`` of a record that ends."""
        before = max(0, n_done - 1)
        plan = plan_windows(n_samples - before * self.step, *dataclasses.astuple(self))
        return _part(plan, slice(len(plan) - 1, None), before * self.step)


def _part(plan: Windows, which: slice, shift: int) -> Windows:
    return Windows(plan.length, *(each[which] + shift for each in (plan.starts, plan.first, plan.stop)))
