"""Optional packages: imported when needed, asked for by name when they are not there."""

import json
import sys
import tomllib
from pathlib import Path

import pytest

from lppn_np import optional
from lppn_np.errors import LPPNError, MissingDependencyError

PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"


def test_a_package_that_is_there_is_returned():
    assert optional.require("json", "waveforms") is json


def test_a_submodule_is_returned():
    assert optional.require("json.decoder", "waveforms") is json.decoder


@pytest.mark.parametrize("module", ["no_such_package", "no_such_package.sub.module"])
def test_a_missing_package_is_named_with_its_purpose_and_the_pip_command(module):
    with pytest.raises(MissingDependencyError) as caught:
        optional.require(module, "waveforms")
    assert str(caught.value) == (
        "no_such_package, needed to read waveform files and obspy Streams, is not installed: "
        'pip install "lppn-np[waveforms]"'
    )


def test_the_error_is_an_import_error_and_keeps_its_cause(monkeypatch):
    monkeypatch.setitem(sys.modules, "obspy", None)
    with pytest.raises(ImportError) as caught:
        optional.require("obspy", "waveforms")
    assert isinstance(caught.value, LPPNError)
    assert isinstance(caught.value.__cause__, ModuleNotFoundError)


def test_an_unknown_extra_still_gives_a_command():
    with pytest.raises(MissingDependencyError, match=r"for the extra 'novel'.*lppn-np\[novel\]"):
        optional.require("no_such_package", "novel")


@pytest.mark.parametrize("cause", ["import no_such_library", "raise ImportError('no symbol in the library')"])
def test_a_broken_package_is_not_called_missing(cause, tmp_path, monkeypatch):
    (tmp_path / "broken_package.py").write_text(cause)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(MissingDependencyError, match=r"broken_package.* cannot be imported \(.*library"):
        optional.require("broken_package", "plot")


@pytest.mark.parametrize("extra", sorted(optional._PURPOSES))
def test_every_extra_with_a_purpose_exists(extra):
    if not PYPROJECT.exists():
        pytest.skip("not run from a checkout")
    assert extra in tomllib.loads(PYPROJECT.read_text())["project"]["optional-dependencies"]
