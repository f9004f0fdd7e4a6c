"""What a model is: a configuration and its tensors, in memory and in a weights file."""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from lppn_np import pretrained, weights_file
from lppn_np.config import LPPNConfig
from lppn_np.model.checks import Array, check_tensors
from lppn_np.network import Network, build_network
from lppn_np.network.initialise import initialise


class StoredModel:
    """Configuration, tensors and metadata; :class:`lppn_np.LPPN` describes the parameters."""

    def __init__(
        self,
        config: LPPNConfig | None = None,
        tensors: Mapping[str, Array] | None = None,
        *,
        seed: int = 0,
        metadata: Mapping[str, Any] | None = None,
    ) -> None:
        self._config = config or LPPNConfig()
        self._network = build_network(self._config)
        drawn = initialise(self._network, seed) if tensors is None else tensors
        self._tensors = check_tensors(self._network, drawn)
        self.metadata = dict(metadata or {})
        self._weights_name = ""

    @property
    def config(self) -> LPPNConfig:
        """The frozen configuration."""
        return self._config

    @property
    def network(self) -> Network:
        """Layer list and flat forward list."""
        return self._network

    @property
    def tensors(self) -> dict[str, Array]:
        """Weights and running statistics by name, float32 and read-only."""
        views = {name: tensor.view() for name, tensor in self._tensors.items()}
        for view in views.values():
            view.flags.writeable = False
        return views

    @property
    def labels(self) -> tuple[str, ...]:
        """Class names; the first is "no arrival"."""
        return self.config.labels

    @property
    def in_samples(self) -> int:
        """Samples in a window."""
        return self.config.in_samples

    @property
    def sampling_rate(self) -> float:
        """Samples per second of the input."""
        return self.config.sampling_rate

    @property
    def component_order(self) -> str:
        """Rows of the input."""
        return self.config.component_order

    @property
    def weights_docstring(self) -> str:
        """What the weights' author says about them."""
        return str(self.metadata.get("docstring", ""))

    @property
    def weights_name(self) -> str:
        """Bundled weights' name, or the name of the file that they were loaded from, or empty."""
        return self._weights_name

    @functools.cached_property  # 1 ms for 90,000 parameters, as long as a window takes; they do not change
    def sha256(self) -> str:
        """Digest of the tensors, as in the weights file: which weights made these picks."""
        return weights_file.sha256(self._tensors)

    @property
    def n_parameters(self) -> int:
        """Number of trainable parameters."""
        return sum(self._tensors[name].size for name in self.network.trainable_names())

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write configuration, tensors and metadata to one ``.npz`` (see docs/weights-file.md)."""
        weights_file.write(Path(path), self.config, self._tensors, self.metadata)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read what :meth:`save` wrote.

        Raises
        ------
        WeightsError
            The file is missing, damaged, foreign, or does not fit its own configuration.
        """
        config, tensors, metadata = weights_file.read(Path(path))
        model = cls(config, tensors, metadata=metadata)
        model._weights_name = Path(path).name
        return model

    @classmethod
    def from_pretrained(cls, name: str = "default") -> Self:
        """Load weights that come with the package; :meth:`list_pretrained` names them.

        Raises
        ------
        WeightsError
            No weights of that name.
        """
        model = cls.load(pretrained.path_of(name))
        model._weights_name = name
        return model

    @staticmethod
    def list_pretrained(details: bool = False) -> list[str] | dict[str, dict[str, Any]]:
        """Weights that come with the package, by the names that :meth:`from_pretrained` takes.

        Parameters
        ----------
        details : bool
            Return more than the names.

        Returns
        -------
        list of str, or dict of str to dict
            With ``details`` by name: ``docstring``, ``licence``, ``bytes``, ``parameters``, ``config`` (as in
            :class:`LPPNConfig`), ``scores`` (F1 within 0.5 s by set of records) and ``sha256``.
        """
        return pretrained.details() if details else pretrained.names()

    def __repr__(self) -> str:
        c = self.config
        return (
            f"LPPN({c.variant}, stride={c.stride}, features={c.features}, {self.n_parameters:,} parameters)"
        )
