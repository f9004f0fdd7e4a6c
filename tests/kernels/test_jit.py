"""The door to numba: where compiled code is kept, and that nobody goes round it."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import lppn_np
from lppn_np import kernels
from lppn_np.kernels import _jit

SOURCES = Path(kernels.__file__).resolve().parent
PACKAGE = Path(lppn_np.__file__).resolve().parent

#: What a process says of a kernel that it has used: the sum of its output, and where its code comes from.
USE_A_KERNEL = """
import json
import numpy as np
from lppn_np.kernels.relu import relu
out = np.full((1, 1, 5), np.nan, np.float32)
relu(out, np.arange(-2, 3, dtype=np.float32).reshape(1, 1, 5))
print(json.dumps([float(out.sum()), sum(relu.stats.cache_hits.values()), relu.stats.cache_path]))
"""


def use_a_kernel(**environment):
    return json.loads(run_with_a_kernel(**environment).stdout)


def run_with_a_kernel(**environment):
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("NUMBA_", "XDG_"))}
    command = [sys.executable, "-W", "error", "-c", USE_A_KERNEL]
    variables = {**inherited, **environment}
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture
def folder_of(tmp_path, monkeypatch):
    """``folder_of(change)``: the cache folder of a copy of the kernels in which something was changed."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    copies = []

    def name(change=lambda sources: None):
        copy = tmp_path / f"copy{len(copies)}"
        copies.append(copy)
        shutil.copytree(SOURCES, copy, ignore=shutil.ignore_patterns("__pycache__"))
        change(copy)
        spec = importlib.util.spec_from_file_location("copied_jit", copy / "_jit.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        folder = module._cache_folder()
        assert folder.is_dir()
        assert folder.parent == tmp_path / "cache" / "lppn-np"
        return folder.name

    return name


def append_to(name):
    def change(sources):
        with (sources / name).open("a") as file:
            file.write("\n")

    return change


def test_the_cache_folder_is_named_after_every_source(folder_of):
    names = [folder_of(append_to(path.name)) for path in sorted(SOURCES.glob("*.py"))]
    assert len({folder_of(), *names}) == 1 + len(names) > 10
    assert folder_of() == folder_of()


def test_the_cache_folder_is_named_after_numbas_version(folder_of, monkeypatch):
    before = folder_of()
    monkeypatch.setattr(_jit.numba, "__version__", "0.0.1")
    assert folder_of() != before


def test_compiled_code_is_kept_and_found_again(tmp_path):
    first = use_a_kernel(XDG_CACHE_HOME=str(tmp_path))
    again = use_a_kernel(XDG_CACHE_HOME=str(tmp_path))
    (folder,) = (tmp_path / "lppn-np").iterdir()
    assert Path(again[2]).is_relative_to(folder)
    assert (first[:2], again[:2]) == ([3.0, 0], [3.0, 1])


def test_a_folder_that_the_user_has_named_for_numba_is_taken(tmp_path):
    total, _, path = use_a_kernel(NUMBA_CACHE_DIR=str(tmp_path / "own"), XDG_CACHE_HOME=str(tmp_path / "xdg"))
    assert total == 3.0
    assert Path(path).is_relative_to(tmp_path / "own")
    assert not (tmp_path / "xdg").exists()


def test_where_nothing_can_be_written_kernels_work_all_the_same(tmp_path):
    (tmp_path / "file").write_text("no folder can stand below this")
    assert use_a_kernel(XDG_CACHE_HOME=str(tmp_path / "file" / "below")) == [3.0, 0, None]


@pytest.mark.parametrize(
    ("platform", "environment", "expected"),
    [
        ("linux", {"XDG_CACHE_HOME": "/x"}, "/x"),
        ("linux", {}, "/home/me/.cache"),
        ("linux", {"XDG_CACHE_HOME": ""}, "/home/me/.cache"),
        ("darwin", {}, "/home/me/Library/Caches"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local"),
        ("win32", {}, "/home/me/AppData/Local"),
    ],
)
def test_the_users_cache(monkeypatch, platform, environment, expected):
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(_jit.sys, "platform", platform)
    monkeypatch.setattr(_jit.Path, "home", lambda: Path("/home/me"))
    assert _jit._user_cache() == Path(expected)


def test_nobody_else_spells_njit():
    files = {path.resolve() for folder in (PACKAGE, *links(PACKAGE)) for path in folder.rglob("*.py")}
    assert {SOURCES / "pointwise.py", PACKAGE / "api.py"} <= files
    spelt = re.compile(r"\bnjit\b|^\s*(import|from) numba\b|\bnumba\.\w*(jit|vectorize|cfunc)", re.MULTILINE)
    found = {path for path in files if spelt.search(path.read_text(encoding="utf-8"))}
    assert found == {SOURCES / "_jit.py"}


def links(folder):
    """Folders that the package holds as links, which ``rglob`` does not follow."""
    return [path.resolve() for path in folder.iterdir() if path.is_symlink()]


def test_who_waits_for_a_compilation_is_told_so_once(tmp_path):
    """On stderr, so that picks on stdout stay picks; and not when compiled code is on disk."""
    cold, warm = (run_with_a_kernel(XDG_CACHE_HOME=str(tmp_path)).stderr for _ in range(2))
    assert cold.count("lppn-np: compiling") == cold.count("\n") == 1
    assert warm == ""


WARM_PICK = """
import sys
import numba
import numpy as np
import lppn_np
before = set(sys.modules)  # some versions of numba import it all at once
lppn_np.pick(np.random.default_rng(0).normal(size=(3, 6000)))
needless = {"scipy.linalg", "numba.np.linalg", "numba.np.arraymath", "numba.cpython.charseq"}
print(sorted(needless & (set(sys.modules) - before)))
"""


def test_a_pick_with_compiled_code_on_disk_imports_nothing_that_compiling_needs():
    """0.87 instead of 1.58 s of a process that picks a minute."""
    runs = [
        subprocess.run([sys.executable, "-c", WARM_PICK], capture_output=True, text=True, check=True)
        for _ in range(2)  # the first one compiles if nothing did before
    ]
    assert runs[1].stdout.strip() == "[]"


COMPILE_AFTER_LOADING = """
import numpy as np
from lppn_np.kernels.relu import relu
for dtype in (np.float32, np.float64):
    out = np.full((1, 1, 5), np.nan, dtype)
    relu(out, np.arange(-2, 3, dtype=dtype).reshape(1, 1, 5))
    print(out.sum(), sum(relu.stats.cache_hits.values()), sum(relu.stats.cache_misses.values()))
"""


def test_after_loading_one_kernel_another_is_compiled(tmp_path):
    use_a_kernel(XDG_CACHE_HOME=str(tmp_path))
    environment = {k: v for k, v in os.environ.items() if not k.startswith("NUMBA_")}
    done = subprocess.run(
        [sys.executable, "-c", COMPILE_AFTER_LOADING],
        env={**environment, "XDG_CACHE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split("\n")[:2] == ["3.0 1 0", "3.0 1 1"]
