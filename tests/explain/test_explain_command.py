"""``lppn-np explain``: waveform files to a page."""

import shutil

import pytest

from lppn_np.cli import main


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """``run("one.mseed", "-o", "page.html")`` in a folder with one record and with two."""
    obspy = pytest.importorskip("obspy", reason="waveform files are read with obspy")
    monkeypatch.chdir(tmp_path)
    stream = obspy.read()
    stream.write("one.mseed", format="MSEED")
    for trace in stream:
        trace.stats.station = "OTHER"
    stream.write("other.mseed", format="MSEED")

    def call(*arguments):
        try:
            status = main(["explain", *arguments])
        except SystemExit as end:
            status = end.code
        return status, capsys.readouterr().err

    return call


def test_a_page(run, tmp_path):
    status, err = run("one.mseed", "-o", "page.html", "--P-threshold", "0.4")
    assert (status, err.startswith("page.html: 0.")) == (0, True)
    page = (tmp_path / "page.html").read_text("utf-8")
    assert "<title>How LPPN picks BW.RJOB..EH</title>" in page
    assert '"starttime":"2009-08-24T00:20:03.000000Z"' in page
    assert '"P_threshold":0.4' in page


def test_one_record_of_several(run, tmp_path):
    files = ("one.mseed", "other.mseed", "-o", "page.html")
    assert run(*files) == (
        1,
        "lppn-np explain: a page shows one record; choose with --trace-id among BW.OTHER..EH, BW.RJOB..EH\n",
    )
    assert run(*files, "--trace-id", "BW.OTHER.")[0] == 0
    assert "<title>How LPPN picks BW.OTHER..EH</title>" in (tmp_path / "page.html").read_text("utf-8")
    status, err = run(*files, "--trace-id", "BW.NONE.")
    assert (status, "no record is called BW.NONE." in err) == (1, True)


def test_a_piece(run, tmp_path):
    assert run("one.mseed", "-o", "page.html", "--start", "4", "--length", "10")[0] == 0
    page = (tmp_path / "page.html").read_text("utf-8")
    assert '"starttime":"2009-08-24T00:20:07.000000Z"' in page
    assert '"n_samples":1000,' in page


def test_another_rate_and_a_missing_component(run, tmp_path):
    obspy = pytest.importorskip("obspy")
    stream = obspy.read("one.mseed").select(component="[EZ]")
    stream.resample(200.0)
    stream.write("fast.mseed", format="MSEED")
    assert run("fast.mseed", "-o", "page.html")[0] == 0
    page = (tmp_path / "page.html").read_text("utf-8")
    assert '"sampling_rate":100.0,' in page
    assert "200 Hz" in page
    assert "no component N" in page


def test_pieces_far_apart(run, tmp_path):
    obspy = pytest.importorskip("obspy")
    stream = obspy.read("one.mseed")
    for trace in obspy.read("one.mseed"):
        trace.stats.starttime += 3600
        stream.append(trace)
    stream.write("two.mseed", format="MSEED")
    status, err = run("two.mseed", "-o", "page.html")
    assert (status, "is in pieces far apart, from 2009-08-24T00:20:03" in err) == (1, True)


def test_several_models(run, tmp_path):
    import lppn_np

    lppn_np.LPPN(lppn_np.LPPNConfig(stride=64, features=4)).save("mine.npz")
    (tmp_path / "sub").mkdir()
    shutil.copy("mine.npz", "sub/mine.npz")
    assert run("one.mseed", "-o", "page.html", "--model", "default", "--model", "mine.npz")[0] == 0
    page = (tmp_path / "page.html").read_text("utf-8")
    assert '"name":"default"' in page
    assert '"name":"mine"' in page
    same = ("--model", "mine.npz", "--model", "mine.npz")
    assert "given twice" in run("one.mseed", "-o", "page.html", *same)[1]
    alike = ("--model", "mine.npz", "--model", "sub/mine.npz")
    assert run("one.mseed", "-o", "page.html", *alike)[0] == 0
    assert '"name":"sub/mine.npz"' in (tmp_path / "page.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("options", "match"),
    [
        (["--start", "31"], "--start is 31; the record has 30 s"),
        (["--start", "nan"], "--start is nan"),
        (["--length", "0"], "--length is 0"),
        (["--P-threshold", "0"], "P_threshold is 0.0"),
        (["--model", "missing.npz"], "missing.npz"),
    ],
)
def test_refused(options, match, run, tmp_path):
    status, err = run("one.mseed", "-o", "page.html", *options)
    assert (status, match in err, "Traceback" in err) == (1, True, False)
    assert not (tmp_path / "page.html").exists()


def test_wrong_usage(run):
    assert run("one.mseed")[0] == 2
