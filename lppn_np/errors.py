"""Every error that lppn-np raises on purpose.

All of them are :class:`LPPNError`, and :class:`ValueError` or :class:`ImportError` as well, so that
``except LPPNError`` catches what the package has to say and ``except ValueError`` keeps working.
"""

from __future__ import annotations


class LPPNError(Exception):
    """Something that lppn-np was given cannot be used; the message says what and what would do."""


class InputError(LPPNError, ValueError):
    """A waveform, a record or an argument of a call is not what the function takes."""


class ConfigError(LPPNError, ValueError):
    """A model configuration, or a length of window, that cannot work."""


class WeightsError(LPPNError, ValueError):
    """A weights file (``.npz``) that is damaged, foreign, or does not fit its configuration."""


class CheckpointError(LPPNError, ValueError):
    """A PyTorch checkpoint that is damaged, unsafe, foreign, or not an LPPN."""


class ArchiveError(LPPNError, ValueError):
    """An archive of station-days, its settings, or the folder of its results cannot be used."""


class MissingDependencyError(LPPNError, ImportError):
    """An optional package is needed; the message names the pip command that brings it."""
