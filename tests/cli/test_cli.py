"""The command line as a whole, ``summary``, and what importing costs."""

import os
import subprocess
import sys

import pytest

import lppn_np


def test_version(run):
    done = run("--version")
    assert (done.status, done.out, done.err) == (0, f"lppn-np {lppn_np.__version__}\n", "")


def test_help_names_the_commands(run):
    done = run("--help")
    assert done.status == 0
    for command in ("pick", "import", "summary"):
        assert f"\n    {command} " in done.out
        assert run(command, "--help").status == 0


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nope"],
        ["pick"],
        ["pick", "a.mseed", "--treshold", "0.3"],
        ["pick", "a.mseed", "--threshold", "high"],
        ["pick", "a.mseed", "--engine", "torch"],
        ["pick", "a.mseed", "--format", "xml"],
        ["pick", "a.mseed", "--threads", "1.5"],
        ["pick", "a.mseed", "--components", "ABC"],
        ["pick", "a.mseed", "--from", "yesterday"],
        ["pick", "a.mseed", "--plot-kind", "pie"],
        ["import"],
        ["import", "a.wave"],
        ["import", "a.wave", "-o", "w.npz", "--stride", "7"],
        ["import", "w.npz", "--stride", "16", "--verify"],
        ["import", "w.npz", "--no-phase-code", "--verify"],
        ["summary", "--stride", "7"],
        ["summary", "--variant", "huge"],
        ["summary", "--features", "many"],
        ["summary", "--format", "html"],
        ["summary", "--depth", "deep"],
        ["summary", "default", "--stride", "16"],
        ["summary", "--claims", "--samples", "1024"],
    ],
)
def test_wrong_usage(arguments, run):
    done = run(*arguments)
    assert (done.status, done.out, done.files) == (2, "", [])
    assert done.err.startswith("usage: lppn-np")


# ---------------------------------------------------------------- summary


@pytest.mark.parametrize(
    ("options", "parameters", "samples"),
    [
        ([], 60_200, 3072),
        (["--stride", "8", "--features", "4"], 16_260, 3072),
        (["--features", "16", "--samples", "1024"], 231_312, 1024),
        (["--variant", "tiny"], 11_784, 6144),
        (["--variant", "medium"], 43_296, 6144),
        (["--variant", "large"], 656_436, 6144),
    ],
)
def test_summary(options, parameters, samples, run):
    done = run("summary", *options)
    assert (done.status, done.err) == (0, "")
    lines = done.out.splitlines()
    assert f"{parameters:,} parameters" in lines[0]
    assert lines[-1].split()[:4] == ["total", str(samples), "samples", f"{parameters:,}"]
    assert lines[2].split()[0] == "features.0"


def test_summary_of_a_file(run, weights):
    done = run("summary", weights)
    assert done.status == 0
    assert done.out.startswith("LPPN(paper, stride=16, features=8, 60,200 parameters)\n")


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (["nope.npz"], "nope.npz: there is no such file"),
        (["nope"], "no bundled weights are called 'nope'"),
        (["--features", "0"], "features is 0"),
        (["--samples", "1000"], "a multiple of 128 is needed"),
        (["--variant", "tiny", "--stride", "16"], "has stride 8"),
    ],
)
def test_summary_refused(arguments, match, run):
    done = run("summary", *arguments)
    assert (done.status, done.out, done.files) == (1, "", [])
    assert done.err.startswith("lppn-np summary: ")
    assert match in done.err
    assert done.err.count("\n") == 1


# ---------------------------------------------------------------- as a process


def python(*arguments, **options):
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"}
    return subprocess.run(
        [sys.executable, *arguments],
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        check=False,
        **options,
    )


HEAVY = {"numba", "llvmlite", "scipy", "obspy", "h5py", "pandas", "torch", "matplotlib"}


def test_importing_the_package_imports_nothing_heavy():
    done = python("-X", "importtime", "-c", "import lppn_np")
    assert done.returncode == 0
    modules = {line.split("|")[-1].strip() for line in done.stderr.splitlines() if "|" in line}
    assert {"lppn_np", "importlib"} <= modules
    assert not {name for name in modules if name.partition(".")[0] in HEAVY}


def test_a_model_needs_numpy_alone():
    code = "import sys, lppn_np; print(lppn_np.LPPN().n_parameters, *sorted(sys.modules))"
    done = python("-c", code, stdout=subprocess.PIPE)
    parameters, *modules = done.stdout.split()
    assert (done.returncode, parameters) == (0, "60200")
    assert "numpy" in modules
    assert not {name for name in modules if name.partition(".")[0] in HEAVY}


def test_python_m():
    done = python("-m", "lppn_np", "--version", stdout=subprocess.PIPE)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"lppn-np {lppn_np.__version__}\n", "")
    assert python("-m", "lppn_np", "summary", "nope", stdout=subprocess.PIPE).returncode == 1
    assert python("-m", "lppn_np", "nope", stdout=subprocess.PIPE).returncode == 2


@pytest.mark.parametrize("unbuffered", [[], ["-u"]])
def test_a_reader_that_has_had_enough(unbuffered):
    read, write = os.pipe()
    os.close(read)
    try:
        done = python(*unbuffered, "-m", "lppn_np", "summary", stdout=write)
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (0, "")
