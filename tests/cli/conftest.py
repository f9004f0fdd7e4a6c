"""What the command line tests share: a weights file, a record, and a run that watches its folder."""

from types import SimpleNamespace

import pytest

from lppn_np.cli import main
from lppn_np.kernels import _jit
from lppn_np.weights_import import import_checkpoint


@pytest.fixture(scope="session")
def checkpoint(shared_data):
    return shared_data("checkpoints", "paper", "16-8.wave")


@pytest.fixture(scope="session")
def weights(checkpoint, tmp_path_factory):
    """Return the published weights 16-8 as a weights file."""
    path = tmp_path_factory.mktemp("weights") / "16-8.npz"
    import_checkpoint(checkpoint, 16).save(path)
    return path


@pytest.fixture(scope="session")
def record(tmp_path_factory):
    """Return obspy's example, P at 4.69 s and S at 5.65 s, as one MiniSEED file."""
    obspy = pytest.importorskip("obspy", reason="waveform files are read with obspy")
    path = tmp_path_factory.mktemp("record") / "example.mseed"
    obspy.read().write(str(path), format="MSEED")
    return path


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """``run("pick", path, ...)`` runs the command in an empty folder: status, out, err, and files there."""
    folder = tmp_path / "cwd"
    folder.mkdir()
    monkeypatch.chdir(folder)

    _jit._say_once()  # or the first test to compile a kernel would find the remark in its output
    capsys.readouterr()

    def call(*arguments):
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as end:
            status = end.code
        out, err = capsys.readouterr()
        files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))
        return SimpleNamespace(status=status, out=out, err=err, files=files)

    return call
