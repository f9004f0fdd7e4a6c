import importlib.util
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def recipe():
    """The script that wrote the golden files, for what it draws from a seed; PyTorch is not imported."""
    spec = importlib.util.spec_from_file_location("make_golden", Path(__file__).with_name("make_golden.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
