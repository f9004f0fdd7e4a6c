"""SeisBench's keywords to the settings of a run."""

from __future__ import annotations

import dataclasses
import math
import numbers
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from lppn_np.errors import InputError
from lppn_np.picking.pipeline import Settings, gap_margin
from lppn_np.waveforms.preparing import Preparation

if TYPE_CHECKING:
    from lppn_np.model import LPPN


@dataclass(frozen=True)
class Options:
    """What can be chosen for a Stream.

    Attributes
    ----------
    settings : Settings
        Of the windows and the network. ``overlap`` may be a fraction, ``blinding`` a pair as in SeisBench.
    strict, flexible_horizontal_components, zerophase_resample : bool
        As in :class:`lppn_np.waveforms.preparing.Preparation`.
    amplitude : bool
        Measure the amplitudes of picks.
    explain : bool
        Report on every station.
    """

    settings: Settings
    strict: bool = False
    flexible_horizontal_components: bool = True
    zerophase_resample: bool = True
    amplitude: bool = False
    explain: bool = False

    @classmethod
    def of(cls, chosen: Mapping[str, Any]) -> Options:
        """Make options of arguments by name; what is no option is left out."""
        settings = Settings(**{name: chosen[name] for name in _names(Settings) if name in chosen})
        return cls(settings, **{name: chosen[name] for name in _names(cls) if name in chosen})

    def resolved(self, model: LPPN) -> Settings:
        """Fill in the model's defaults; an overlap alone takes as much blinding as fits it."""
        overlap = in_samples(self.settings.overlap, model)
        blinding = one_number(self.settings.blinding)
        if blinding is None and isinstance(overlap, int):
            blinding = max(min(model.config.blinding, overlap // 2), 0)
        return replace(self.settings, overlap=overlap, blinding=blinding).resolve(model)

    def preparation(self, model: LPPN) -> Preparation:
        """How the Stream is made into records."""
        return Preparation(
            model.sampling_rate,
            model.component_order,
            bool(self.strict),
            bool(self.flexible_horizontal_components),
            bool(self.zerophase_resample),
            gap_margin(model),
        )


def _names(kind: Any) -> list[str]:
    return [field.name for field in dataclasses.fields(kind)]


def in_samples(overlap: Any, model: LPPN) -> Any:
    """Return an overlap in samples: below 1 it is a fraction of the window."""
    if isinstance(overlap, bool) or not isinstance(overlap, numbers.Real):
        return overlap
    value = float(overlap)
    if 0 < value < 1:
        return int(value * model.in_samples)
    return int(value) if math.isfinite(value) and value == int(value) else overlap


def one_number(blinding: Any) -> Any:
    """Return the larger of a pair: SeisBench blinds the two sides apart, here they are alike."""
    if not isinstance(blinding, tuple | list):
        return blinding
    if len(blinding) != 2 or not all(isinstance(side, int) for side in blinding):
        raise InputError(f"blinding is {blinding!r}; samples, or samples before and after, are expected")
    return max(blinding)
