"""What is installed: every package on disk, at the place where it is imported from."""

import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

import lppn_np

ROOT = Path(__file__).parents[1]
PYPROJECT = ROOT / "pyproject.toml"
if not PYPROJECT.exists():
    pytest.skip("not run from a checkout", allow_module_level=True)

CONFIG = tomllib.loads(PYPROJECT.read_text())
SETUPTOOLS = CONFIG["tool"]["setuptools"]
#: Folders at the top of the repository that are installed inside lppn_np.
INNER = ("kernels", "weights_import", "bench")


def sources(suffix="*"):
    """Installed path of every file of the packages -> path in the repository, symlinks not followed."""
    found = {}
    for top, place in (("lppn_np", "lppn_np"), *((name, f"lppn_np/{name}") for name in INNER)):
        for path in (ROOT / top).rglob(suffix):
            inside = path.relative_to(ROOT / top)
            linked = top == "lppn_np" and inside.parts[0] in INNER
            hidden = path.name.startswith(".") or "__pycache__" in inside.parts
            if path.is_file() and not linked and not hidden:
                found[f"{place}/{inside.as_posix()}"] = path
    return found


def test_every_package_is_listed():
    on_disk = {Path(name).parent.as_posix().replace("/", ".") for name in sources("__init__.py")}
    assert sorted(SETUPTOOLS["packages"]) == sorted(on_disk)
    without_init = {name for name in sources("*.py") if f"{Path(name).parent}/__init__.py" not in sources()}
    assert not without_init


@pytest.mark.parametrize("name", INNER)
def test_inner_packages_are_mapped_and_linked(name):
    assert SETUPTOOLS["package-dir"][f"lppn_np.{name}"] == name
    link = ROOT / "lppn_np" / name
    assert link.is_symlink()
    assert link.readlink() == Path("..") / name


def test_one_version():
    assert CONFIG["project"]["version"] == lppn_np.__version__


def test_wheel_by_way_of_the_sdist_holds_everything(tmp_path):
    pytest.importorskip("setuptools", minversion="77", reason="builds with setuptools >= 77")
    tree = tmp_path / "tree"
    tree.mkdir()
    for name in ("lppn_np", *INNER):
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, tree / name, symlinks=True, ignore=ignore)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree)

    build("build_sdist", tree, tmp_path)
    (sdist,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    build("build_wheel", unpacked, tmp_path)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        installed = {name for name in archive.namelist() if ".dist-info/" not in name}
        licences = [name for name in archive.namelist() if name.endswith("/LICENSE")]
    assert installed == set(sources())
    assert len(licences) == 1


def build(what, tree, target):
    code = f"from setuptools import build_meta; build_meta.{what}({str(target)!r})"
    done = subprocess.run([sys.executable, "-c", code], cwd=tree, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
