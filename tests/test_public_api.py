"""The names that other programs call, and that their documentation says what they take."""

import inspect
import re
import sys
from itertools import chain

import pytest

import lppn_np
from lppn_np import api, config, picks
from lppn_np.model import lppn

CLASSES = ["LPPN", "LPPNConfig", "Pick", "PickList"]
ERRORS = [
    "LPPNError",
    "InputError",
    "ConfigError",
    "WeightsError",
    "CheckpointError",
    "MissingDependencyError",
]
METHODS = {
    "LPPN": "name from_pretrained list_pretrained load save annotate classify forward trace summary config "
    "tensors labels metadata in_samples sampling_rate component_order citation weights_docstring "
    "n_parameters",
    "PickList": "select to_dataframe write",
    "LPPNConfig": "stride features variant in_samples phase_code overlap blinding labels to_dict from_dict",
    "Pick": "trace_id start_time end_time peak_time peak_value phase",
}


@pytest.mark.parametrize("name", ["pick", *CLASSES, *ERRORS])
def test_names(name):
    assert getattr(lppn_np, name).__name__ == name
    assert name in dir(lppn_np)
    assert name in lppn_np.__all__


def test_all_names_are_there():
    for name in lppn_np.__all__:
        assert getattr(lppn_np, name) is not None
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", lppn_np.__version__)
    star = {}
    exec("from lppn_np import *", star)
    assert set(lppn_np.__all__) <= set(star)


@pytest.mark.parametrize("name", ["nope", "Lppn", "_HOMES_", "torch"])
def test_other_names(name):
    with pytest.raises(AttributeError, match=f"module 'lppn_np' has no attribute '{name}'"):
        getattr(lppn_np, name)


def test_members():
    objects = {
        "LPPN": lppn_np.LPPN(),
        "PickList": lppn_np.PickList(),
        "LPPNConfig": lppn_np.LPPNConfig(),
        "Pick": lppn_np.Pick("A", 0.0),
    }
    for name, members in METHODS.items():
        assert [m for m in members.split() if not hasattr(objects[name], m)] == []


def test_seisbenchs_pick():
    # PyOcto's and GaMMA's helpers take a pick's attributes by these names, in this order.
    names = METHODS["Pick"].split()
    assert list(inspect.signature(lppn_np.Pick).parameters) == [*names, "snr", "amplitude", "provenance"]
    assert lppn_np.Pick("NET.STA.", 1.0) == lppn_np.Pick("NET.STA.", 1.0, None, None, None, None)


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    error = getattr(lppn_np, name)
    assert issubclass(error, lppn_np.LPPNError)
    usual = {"LPPNError": Exception, "MissingDependencyError": ImportError}.get(name, ValueError)
    assert issubclass(error, usual)


def test_the_signature_of_pick():
    parameters = inspect.signature(lppn_np.pick).parameters
    by_position = [p.name for p in parameters.values() if p.kind is not p.KEYWORD_ONLY]
    assert by_position == ["data", "sampling_rate"]
    defaults = {p.name: p.default for p in parameters.values()}
    assert defaults["sampling_rate"] == 100.0
    assert defaults["component_order"] == "ENZ"
    assert (defaults["P_threshold"], defaults["S_threshold"], defaults["starttime"]) == (None, None, None)
    assert defaults["n_threads"] == 1


# ---------------------------------------------------------------- docstrings


def public_callables(module):
    """Functions and classes that the module defines, with the classes' public methods, inherited ones too."""
    for name, value in vars(module).items():
        if name.startswith("_") or getattr(value, "__module__", None) != module.__name__:
            continue
        if inspect.isclass(value):
            yield f"{module.__name__}.{name}", value
            bases = [base for base in value.__mro__ if base.__module__.startswith("lppn_np.")]
            for attribute, member in chain.from_iterable(vars(base).items() for base in bases):
                if not attribute.startswith("_"):
                    function = member.fget if isinstance(member, property) else member
                    function = getattr(function, "__func__", function)
                    if inspect.isfunction(function):
                        yield f"{module.__name__}.{name}.{attribute}", function
        elif inspect.isfunction(value):
            yield f"{module.__name__}.{name}", value


CALLABLES = dict(chain.from_iterable(public_callables(module) for module in (api, lppn, picks, config)))


def documented(docstring, section="Parameters"):
    """Names in a numpydoc section, or None where there is no such section."""
    match = re.search(rf"^{section}\n-+\n(.*?)(?=\n\n\S[^\n]*\n---|\Z)", docstring, re.DOTALL | re.MULTILINE)
    if match is None:
        return None
    entries = [line for line in match[1].splitlines() if line and not line.startswith(" ")]
    return [name.strip() for entry in entries for name in entry.partition(":")[0].split(",")]


def taken(function):
    parameters = inspect.signature(function).parameters.values()
    names = [p.name for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    return [name for name in names if name not in ("self", "cls")]


def test_what_is_looked_at():
    of_model = [f"lppn_np.model.lppn.LPPN.{method}" for method in ("classify", "forward", "save")]
    assert {"lppn_np.api.pick", "lppn_np.picks.PickList.select", *of_model} <= set(CALLABLES)
    text = (
        "Do.\n\nParameters\n----------\na, b : int\n    Text: more.\nc\n    Text.\n\nReturns\n-------\nint\n"
    )
    assert documented(text) == ["a", "b", "c"]
    assert documented(text, "Raises") is None


@pytest.mark.parametrize("name", CALLABLES)
def test_docstrings(name):
    """A Parameters section names what the signature has; few and plain parameters may do without one."""
    docstring = inspect.getdoc(CALLABLES[name])
    assert docstring
    assert docstring.splitlines()[0].rstrip(".;:") != ""
    value = CALLABLES[name]
    if inspect.isclass(value) and documented(docstring, "Attributes"):
        assert documented(docstring, "Attributes") == taken(value)
        return
    if inspect.isclass(value) and issubclass(value, list):
        return  # made from any iterable, as a list is
    found = documented(docstring)
    if found is None and len(taken(value)) > 2:
        named = [parameter for parameter in taken(value) if re.search(rf"\b{parameter}\b", docstring)]
        assert "arguments as in :meth:" in docstring or named == taken(value)
        return
    assert found is None or found == taken(value)


def test_importing_leaves_the_names_lazy():
    assert "pick" in lppn_np.__all__
    assert sys.modules["lppn_np"].__getattr__("pick") is api.pick
