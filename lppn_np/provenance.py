"""Which software, weights and thresholds made a pick: told once where it is made, and carried by it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from lppn_np import __version__

if TYPE_CHECKING:
    from lppn_np.model import LPPN
    from lppn_np.picking.pipeline import Settings
    from lppn_np.picks import Pick

SOFTWARE = "lppn-np"
#: Said of a model that was never a file.
UNNAMED = "unnamed"
_MARKS = "_lppn_np_provenance"


@dataclass(frozen=True)
class Provenance:
    """What made a pick; every format writes as much of it as it has a place for.

    Attributes
    ----------
    version : str
        Of lppn-np.
    weights : str
        Name of the bundled weights, or of the weights file; empty for a model that was never a file.
    sha256 : str
        :attr:`lppn_np.LPPN.sha256`, of the tensors: the same before a model is saved and after it is loaded.
    variant : str
    stride, features : int
        Of the network.
    P_threshold, S_threshold : float
        Least probability of a pick.
    """

    version: str
    weights: str
    sha256: str
    variant: str
    stride: int
    features: int
    P_threshold: float
    S_threshold: float

    @classmethod
    def of(cls, model: LPPN, settings: Settings) -> Provenance:
        """Of what a model picks with settings; thresholds that are None there are the model's own."""
        config = model.config
        thresholds = (
            getattr(config if getattr(settings, name) is None else settings, name)
            for name in ("P_threshold", "S_threshold")
        )
        return cls(
            __version__,
            # A name of a file may hold anything; it becomes a line of text, and XML.
            "".join(letter if letter.isprintable() else "?" for letter in model.weights_name),
            model.sha256,
            config.variant,
            config.stride,
            config.features,
            *(float(value) for value in thresholds),
        )

    @property
    def made_by(self) -> str:
        """All but the digest, for people; without commas, since it stands in tables."""
        return (
            f"{SOFTWARE} {self.version} weights {self.weights or UNNAMED}: {self.variant} "
            f"stride {self.stride} features {self.features}; "
            f"thresholds P {self.P_threshold:g} S {self.S_threshold:g}"
        )

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values by name."""
        return {"software": SOFTWARE, **asdict(self)}

    def __str__(self) -> str:
        return f"{self.made_by}; sha256 {self.sha256}"


def gathered(*groups: Iterable[Provenance | None]) -> tuple[Provenance, ...]:
    """Return the different ones among many, in the order in which they come; None is left out.

    A list of picks names the same object thousands of times, so objects are told apart before their values.
    """
    objects = {id(each): each for group in groups for each in group if each is not None}
    return tuple(dict.fromkeys(objects.values()))


def provenance_of(picks: Sequence[Pick]) -> tuple[Provenance, ...]:
    """Return what made the picks, each once; of a PickList also what it was made with, picks or not."""
    found: tuple[Provenance, ...] | None = getattr(picks, "provenance", None)
    return gathered(pick.provenance for pick in picks) if found is None else found


def mark(figure: Any, provenance: Iterable[Provenance]) -> Any:
    """Have a figure remember what made the picks in it; :func:`marks_of` tells who writes it."""
    setattr(figure, _MARKS, tuple(provenance))
    return figure


def marks_of(figure: Any) -> tuple[Provenance, ...]:
    """What :func:`mark` was told, or nothing."""
    marks: tuple[Provenance, ...] = getattr(figure, _MARKS, ())
    return marks
