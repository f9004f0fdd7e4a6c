"""A report as JSON, text and picture."""

import json

import pytest

from lppn_np.evaluation import evaluate, plot_report
from lppn_np.plotting import save_figure


@pytest.fixture(scope="module")
def mixed(oracle, record, records):
    return evaluate(
        oracle,
        records(
            [
                record("a", 1000, 2000, snr=5.0, distance=10.0, source="x"),
                record("b", 1500, None, snr=25.0, distance=30.0, source="y"),
                record("c", noise=True, n=3000, spikes=([], [500]), source="z"),
                record("d"),
            ]
        ),
    )


@pytest.fixture(scope="module")
def bare(silent, record, records):
    """Nothing found, nothing known."""
    return evaluate(silent, records([record("a", 1000)]), windows="record")


@pytest.fixture(scope="module")
def noise_only(oracle, record, records):
    return evaluate(oracle, records([record("c", noise=True, n=3000, spikes=([500], []))]))


def test_json(mixed, bare, noise_only):
    for report in (mixed, bare, noise_only):
        text = json.dumps(report.to_dict(), allow_nan=False)
        assert json.loads(text) == report.to_dict()
    plain = mixed.to_dict()
    assert plain["phases"]["P"]["overall"]["scores"][0] == {
        "n_labels": 2,
        "n_picks": 2,
        "n_right": 2,
        "precision": 1.0,
        "recall": 1.0,
        "f1": 1.0,
    }
    assert len(plain["phases"]["S"]["curve"]) == len(plain["thresholds"])
    assert sum(plain["phases"]["P"]["residual_histogram"]["counts"]) == 2
    assert bare.to_dict()["phases"]["P"]["overall"]["scores"][0]["precision"] is None
    assert bare.to_dict()["phases"]["P"]["noise_picks_per_hour"] is None


def test_text(mixed, bare, noise_only):
    text = str(mixed)
    assert "3 records, 1 of them noise" in text
    assert "left out: 1 records with neither a P nor an S label" in text
    assert "picks on noise: P 0 (0.00 an hour), S 1" in text
    for group in ("SNR (dB)", "distance (km)", "source", "% of window"):
        assert group in text
    assert "nan" not in text
    assert max(len(line) for line in text.splitlines()) <= 100
    assert "whole records" in str(bare)
    assert "SNR" not in str(bare)
    assert "noise" not in str(bare)
    assert "nan" not in str(bare) + str(noise_only)


@pytest.mark.parametrize("which", ["mixed", "bare", "noise_only"])
def test_picture(which, request, tmp_path):
    report = request.getfixturevalue(which)
    save_figure(plot_report(report), tmp_path / "report.png")
    assert (tmp_path / "report.png").read_bytes().startswith(b"\x89PNG")


def test_the_picture_shows_what_the_report_says(mixed):
    figure = plot_report(mixed)
    titles = [axis.get_title() for axis in figure.axes]
    assert titles[0].startswith("P residuals")
    assert titles[3].startswith("S residuals")
    assert "best, 0.05: F1 1.00" in figure.axes[1].get_legend_handles_labels()[1]
