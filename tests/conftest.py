"""What all tests share: the real data beside the repository, and how hypothesis runs."""

import os
from pathlib import Path

import hypothesis
import pytest

IN_CI = os.environ.get("CI") == "true"
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"

# No deadline: the first example may compile a kernel. In CI the same examples every time.
hypothesis.settings.register_profile("lppn", deadline=None, derandomize=IN_CI)
hypothesis.settings.load_profile("lppn")


@pytest.fixture(scope="session")
def shared_data():
    """``shared_data("checkpoints", "paper")`` is that path under ``../shared/data``, or the test skips."""

    def find(*parts):
        path = SHARED.joinpath(*parts)
        if not path.exists():
            reason = f"needs real data that is not part of the repository: {path}"
            pytest.fail(reason) if IN_CI else pytest.skip(reason)
        return path

    return find
