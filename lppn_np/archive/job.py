"""What all shards of an archive have in common: where from, where to, with which weights and settings."""

from __future__ import annotations

import functools
import hashlib
import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from lppn_np import weights_file
from lppn_np.api import load_model
from lppn_np.errors import ArchiveError
from lppn_np.model import LPPN
from lppn_np.picking.pipeline import Settings


@dataclass(frozen=True)
class Job:
    """One archive's settings, plain enough to be sent as JSON.

    Attributes
    ----------
    source : str
        Folder or URL of the waveform files.
    output : str
        Folder of the results.
    model : str
        Weights file, or name of bundled weights.
    weights_sha256, config_sha256 : str
        Of the tensors and of the model's configuration; whoever loads the weights checks them.
    P_threshold, S_threshold : float
    overlap, blinding : int
        Samples.
    min_distance : float
        Seconds.
    engine : str
    anonymous : bool
        Ask a remote store without credentials.
    """

    source: str
    output: str
    model: str
    weights_sha256: str
    config_sha256: str
    P_threshold: float
    S_threshold: float
    overlap: int
    blinding: int
    min_distance: float
    engine: str = "numba"
    anonymous: bool = False

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            kind = {"str": str, "bool": bool, "int": int, "float": (int, float)}[str(field.type)]
            if not isinstance(value, kind):  # type: ignore[arg-type]
                raise ArchiveError(f"{field.name} is {value!r}; {field.type} is expected")

    def picking(self) -> dict[str, Any]:
        """The settings that picks depend on."""
        apart = ("source", "output", "model", "engine", "anonymous")
        return {name: value for name, value in asdict(self).items() if name not in apart}

    def settings(self) -> Settings:
        """Of the picking of one station-day, on one thread."""
        return Settings(
            self.P_threshold,
            self.S_threshold,
            self.overlap,
            self.blinding,
            self.min_distance,
            engine=self.engine,
        )

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values."""
        return asdict(self)


def make_job(
    source: str | os.PathLike[str],
    output: str | os.PathLike[str],
    model: str | os.PathLike[str] = "default",
    settings: Settings | None = None,
    anonymous: bool = False,
) -> Job:
    """Fill in what the weights say and make paths absolute, so that any process can take the job.

    Raises
    ------
    LPPNError
        Weights or settings that cannot be used.
    """
    name = os.fspath(model)
    loaded = load_model(name)
    if name.endswith(".npz"):
        name = str(Path(name).resolve())
    chosen = (settings or Settings()).resolve(loaded)
    place = os.fspath(source)
    return Job(
        source=place if "://" in place else str(Path(place).resolve()),
        output=str(Path(output).resolve()),
        model=name,
        weights_sha256=weights_file.sha256(loaded.tensors),
        config_sha256=_config_sha256(loaded),
        P_threshold=float(chosen.P_threshold or 0),
        S_threshold=float(chosen.S_threshold or 0),
        overlap=int(chosen.overlap or 0),
        blinding=int(chosen.blinding or 0),
        min_distance=float(chosen.min_distance or 0),
        engine=chosen.engine,
        anonymous=anonymous,
    )


def model_of(job: Job) -> LPPN:
    """Load a job's weights, once a process.

    Raises
    ------
    LPPNError
        The weights cannot be read, or are not those that the job was made with.
    """
    return _load(job.model, job.weights_sha256, job.config_sha256)


@functools.lru_cache(maxsize=2)
def _load(name: str, weights_sha256: str, config_sha256: str) -> LPPN:
    model = load_model(name)
    if (weights_file.sha256(model.tensors), _config_sha256(model)) != (weights_sha256, config_sha256):
        raise ArchiveError(
            f"{name}: these weights, or their configuration, are not those of the archive's job"
        )
    return model


def _config_sha256(model: LPPN) -> str:
    return hashlib.sha256(json.dumps(model.config.to_dict(), sort_keys=True).encode()).hexdigest()
