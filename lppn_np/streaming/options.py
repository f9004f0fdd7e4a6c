"""What can be chosen for a stream beside what can be chosen for a record."""

from __future__ import annotations

from dataclasses import dataclass

from lppn_np.errors import InputError
from lppn_np.model import LPPN
from lppn_np.picking.pipeline import Settings
from lppn_np.waveforms.preparing import ISLAND_GAP

__all__ = ["ISLAND_GAP", "Options"]


@dataclass(frozen=True)
class Options:
    """See :class:`lppn_np.StreamingPicker`."""

    component_order: str = "ENZ"
    max_latency: float = 30.0
    components: str = "ENZ"
    early: bool = False
    flexible_horizontal_components: bool = True

    def checked(self, model: LPPN, settings: Settings) -> Options:
        """The same, if it can work.

        Raises
        ------
        InputError
            The message says what is wrong.
        """
        if not isinstance(self.component_order, str) or sorted(self.component_order.upper()) != [
            "E",
            "N",
            "Z",
        ]:
            raise InputError(
                f"component_order is {self.component_order!r}; a permutation of 'ENZ' is expected"
            )
        if not isinstance(self.components, str) or not self.components or set(self.components) - set("ENZ"):
            raise InputError(f"components is {self.components!r}; some of 'ENZ' are expected")
        latency = self.max_latency
        if isinstance(latency, bool) or not isinstance(latency, int | float) or not 0 <= latency < ISLAND_GAP:
            raise InputError(f"max_latency is {latency!r}; seconds from 0 to {ISLAND_GAP:g} are expected")
        window = model.in_samples / model.sampling_rate
        assert settings.min_distance is not None
        if settings.min_distance > window:
            raise InputError(
                f"min_distance is {settings.min_distance:g} s; in a stream, which cannot wait for "
                f"ever, at most {window:g} s (a window) are expected"
            )
        return self
