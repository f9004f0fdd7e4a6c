"""Import obspy once for these tests, which run with warnings as errors."""

import contextlib
import warnings

with warnings.catch_warnings(), contextlib.suppress(ImportError):
    # obspy 1.5 on Python 3.11 looks up its plugins in a deprecated way while it is imported.
    warnings.filterwarnings("ignore", message="SelectableGroups", category=DeprecationWarning)
    import obspy  # noqa: F401
