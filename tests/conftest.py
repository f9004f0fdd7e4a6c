"""What all tests share: the real data beside the repository, and how hypothesis runs."""

import os
from pathlib import Path

import hypothesis
import pytest

# One thread each for PyTorch and BLAS, before a test imports them: beside other test processes on the same
# cores their threads wait for each other busily, and the parity tests took nine minutes instead of one.
for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

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
