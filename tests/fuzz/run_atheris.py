"""Fuzz the readers with atheris: ``python -m tests.fuzz.run_atheris [SECONDS] [TARGET ...]``.

Each target runs for so many seconds (default 5) in a process of its own. The exit status is 1 if one of
them raised what is no LPPNError; libFuzzer then leaves the input as ``crash-...`` in the current folder.
Where atheris is not installed it says so and exits with 0: the tests fuzz the same targets with hypothesis.
"""

import importlib.util
import subprocess
import sys
import tempfile
from pathlib import Path

#: Followed by their branches; argparse because it is what reads the command line. No kernels: numba would
#: compile the instrumented code.
INSTRUMENTED = [
    "argparse",
    "lppn_np.archive",
    "lppn_np.archive_guard",
    "lppn_np.cli",
    "lppn_np.npz_file",
    "lppn_np.streaming",
    "lppn_np.weights_file",
    "lppn_np.weights_import",
]


def fuzz(name, seconds):
    """Fuzz one target in this process; atheris ends it."""
    import atheris

    with atheris.instrument_imports(include=INSTRUMENTED):
        import lppn_np.cli  # noqa: F401 (its target imports it later)
        from tests.fuzz.targets import TARGETS, check

    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(TARGETS[name].seeds()):
            Path(corpus, str(number)).write_bytes(seed)
        options = [f"-max_total_time={seconds}", "-verbosity=0", "-close_fd_mask=1", "-rss_limit_mb=4096"]
        atheris.Setup([sys.argv[0], *options, corpus], lambda data: check(TARGETS[name], data))
        atheris.Fuzz()


def main(arguments):
    """Start one process a target, one after the other."""
    if importlib.util.find_spec("atheris") is None:
        python = f"Python {sys.version.split()[0]} on {sys.platform}"
        print(
            f"NOT FUZZED WITH ATHERIS: it is not installed for this {python}; "
            "tests/fuzz/test_mutations.py fuzzes the same targets with hypothesis"
        )
        return 0
    seconds = int(arguments[0]) if arguments else 5
    from tests.fuzz.targets import TARGETS

    failed = []
    for name in arguments[1:] or TARGETS:
        print(f"fuzzing {name} for {seconds} s", flush=True)
        command = [sys.executable, "-m", "tests.fuzz.run_atheris", "--one", name, str(seconds)]
        if subprocess.run(command, check=False).returncode:
            failed.append(name)
    print(f"failed: {', '.join(failed)}" if failed else "nothing but the package's own errors")
    return 1 if failed else 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        fuzz(sys.argv[2], int(sys.argv[3]))
    else:
        sys.exit(main(sys.argv[1:]))
