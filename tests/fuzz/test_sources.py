"""No pickle on our paths, no shell, no text that is run: read from the sources themselves."""

from pathlib import Path

import pytest

from .forbidden import offences

ROOT = Path(__file__).parents[2]
FOLDERS = ("lppn_np", "kernels", "weights_import", "bench", "recipes", "examples", "docs", ".ci")
#: The pipes of multiprocessing carry pickles between our own processes on one machine: the trainer's feeders,
#: and benchmarks.
OWN_PROCESSES = {
    "lppn_np/train/feeding.py",
    "bench/isolated.py",
    "bench/training.py",
    "bench/forward.py",
}


def sources():
    """Python files by their path from the root; links are not followed."""
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if path.resolve() == path and "__pycache__" not in name:
                yield name, path.read_text(encoding="utf-8")


def test_nothing_unpickles_or_runs_text_or_a_shell():
    found = {name: what for name, text in sources() if (what := offences(text))}
    for name in OWN_PROCESSES:
        found[name] = [what for what in found.get(name, []) if "import multiprocessing" not in what]
    assert {name: what for name, what in found.items() if what} == {}


def test_the_sources_are_all_there():
    names = {name for name, _ in sources()}
    assert {"lppn_np/npz_file.py", "weights_import/unpickle.py", "kernels/fused.py", "bench/day.py"} <= names
    assert {*OWN_PROCESSES} <= names
    assert len(names) > 200


@pytest.mark.parametrize(
    "text",
    [
        "import pickle",
        "import os, marshal as m",
        "from multiprocessing.connection import Client",
        "from pickle import loads",
        "from os import system",
        "from subprocess import getoutput",
        "import os\nrun = os.popen",
        "os.execvp('sh', ['sh'])",
        "subprocess.run('ls', shell=True)",
        "subprocess.Popen(command, shell=flag)",
        "eval('1')",
        "exec(text)",
        "exec(compile(text, '', 'exec'))",
        "np.load(path, allow_pickle=True)",
        "np.load(path, allow_pickle=allow)",
        "np.load(path, None, True)",
        "torch.load(path)",
        "torch.load(path, weights_only=False)",
        "pandas.read_pickle(path)",
    ],
)
def test_what_is_forbidden_is_found(text):
    assert offences(text)


@pytest.mark.parametrize(
    "text",
    [
        "import pickletools_of_ours",
        "np.load(path, allow_pickle=False)",
        "subprocess.run(['ls'], check=True)",
        "re.compile('x')",
        "model.load(path)",
        "model.load(path, one, another)",
        "torch.load(path, weights_only=True)",
        "os.path.join('a', 'b')",
    ],
)
def test_what_is_allowed_is_not(text):
    assert offences(text) == []
