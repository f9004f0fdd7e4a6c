"""The examples in docstrings, module by module, as far as its imports are installed."""

import doctest
import importlib
import pkgutil

import pytest

import lppn_np

#: Modules that need an optional package to be imported at all.
NEEDS = {"lppn_np.weights_import.torch_reference": "torch"}
MODULES = sorted(module.name for module in pkgutil.walk_packages(lppn_np.__path__, "lppn_np."))


@pytest.mark.parametrize("name", ["lppn_np", *(name for name in MODULES if name != "lppn_np.__main__")])
def test_examples(name):
    if name in NEEDS:
        pytest.importorskip(NEEDS[name])
    module = importlib.import_module(name)
    finder = doctest.DocTestFinder(exclude_empty=True)
    for example in finder.find(module, name):
        results = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(example)
        assert results.failed == 0, example.name


def test_there_are_examples():
    found = doctest.DocTestFinder(exclude_empty=True).find(lppn_np, "lppn_np")
    assert any(example.examples for example in found)
