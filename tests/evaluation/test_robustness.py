"""Damaged records: what each damage does, and a model that lives off what is gone."""

import json

import numpy as np
import pytest

from lppn_np import InputError
from lppn_np.cli import main
from lppn_np.data import TraceRecord
from lppn_np.evaluation import robustness
from lppn_np.evaluation.damage import CLIP_SHARE, DAMAGES, GAP_SHARE, Damaged
from lppn_np.evaluation.robustness import INTACT, robustness_text

ORDER, RATE = "ENZ", 100.0


@pytest.fixture(scope="module")
def wave(record):
    """A record of sines of 3 and 40 Hz on a level of 7, with P and S labels."""
    entry, data = record("wave", 2000, 2600)
    t = np.arange(data.shape[1]) / RATE
    row = 7 + np.sin(2 * np.pi * 3 * t) + np.sin(2 * np.pi * 40 * t)
    return TraceRecord(entry, np.stack([row, 2 * row, 3 * row]).astype(np.float32))


def damaged(wave, name):
    before = wave.data.copy()
    data = DAMAGES[name](wave, ORDER, RATE)
    np.testing.assert_array_equal(wave.data, before)
    assert data.shape == before.shape
    return data


def amplitude(row, hertz):
    inner = row[500:-500]
    spectrum = np.abs(np.fft.rfft(inner - inner.mean())) / len(inner) * 2
    return spectrum[round(hertz * len(inner) / RATE)]


def test_components_that_are_missing_or_dead(wave):
    for name, gone in (("vertical only", [0, 1]), ("no vertical", [2])):
        data = damaged(wave, name)
        kept = [c for c in range(3) if c not in gone]
        assert np.isnan(data[gone]).all()
        np.testing.assert_array_equal(data[kept], wave.data[kept])
    dead = damaged(wave, "dead horizontals")
    assert np.ptp(dead[:2]) == 0
    np.testing.assert_array_equal(dead[2], wave.data[2])


def test_a_fifth_is_taken_away_but_not_at_the_labels(wave):
    data = damaged(wave, "20 % in gaps")
    missing = np.isnan(data)
    assert (missing == missing[0]).all()
    assert GAP_SHARE <= missing[0].mean() < GAP_SHARE + 0.07
    assert not missing[0, 1900:2101].any()
    assert not missing[0, 2500:2701].any()
    np.testing.assert_array_equal(data, damaged(wave, "20 % in gaps"))


def test_clipped_at_half_of_the_largest_value(wave):
    data = damaged(wave, "clipped")
    centred = wave.data - wave.data.mean(axis=1, keepdims=True)
    level = CLIP_SHARE * abs(centred).max(axis=1, keepdims=True)
    np.testing.assert_allclose(data, np.clip(centred, -level, level))


def test_half_the_rate_has_lost_what_is_above_its_nyquist_frequency(wave):
    row = damaged(wave, "50 Hz")[0]
    assert amplitude(wave.data[0], 40) > 0.9
    assert amplitude(row, 40) < 0.01
    assert amplitude(row, 3) == pytest.approx(amplitude(wave.data[0], 3), rel=0.01)


def test_half_the_rate_keeps_gaps(wave):
    holed = wave.data.copy()
    holed[:, 100:140] = np.nan
    data = DAMAGES["50 Hz"](TraceRecord(wave.entry, holed), ORDER, RATE)
    np.testing.assert_array_equal(np.isnan(data), np.isnan(holed))


def test_acceleration_is_the_slope(wave):
    data = damaged(wave, "acceleration")
    ratio = amplitude(data[0], 40) / amplitude(data[0], 3)
    assert ratio == pytest.approx(np.sin(2 * np.pi * 0.4) / np.sin(2 * np.pi * 0.03), rel=0.02)


def test_a_model_that_reads_s_on_the_north_component_loses_it(oracle, records, record):
    dataset = records([record("a", 1000, 1500), record("b", 2000, 2700)])
    reports = robustness(oracle, dataset, windows="record")
    assert list(reports) == [INTACT, *DAMAGES]
    assert reports[INTACT].phases["S"].overall.scores[-1].f1 == 1
    assert reports["vertical only"].phases["S"].overall.scores[-1].recall == 0
    assert reports["vertical only"].phases["P"].overall.scores[-1].f1 == 1
    assert reports["no vertical"].phases["P"].overall.scores[-1].recall == 0
    lines = robustness_text(reports).splitlines()
    assert [line.split("  ")[0] for line in lines[2:]] == [INTACT, *DAMAGES]
    of_vertical = next(line for line in lines if line.startswith("vertical only")).split()[2:]
    assert of_vertical[:4] == ["1.000", "1.000", "1.000", "1.00"]
    assert of_vertical[5] == "0.000"


def test_a_damage_that_nobody_knows(records, record):
    with pytest.raises(InputError, match="no damage 'flooded'; known are vertical only"):
        Damaged(records([record("a", 1000)]), "flooded")


def test_command(shared_data, tmp_path, capsys):
    events, out = str(shared_data("events")), tmp_path / "report.json"
    options = ["--split", "dev", "--source", "webnet151_250hz", "--robustness", "--json", str(out)]
    assert main(["evaluate", events, *options]) == 0
    assert "dead horizontals" in capsys.readouterr().out
    assert set(json.loads(out.read_text())["robustness"]) == set(DAMAGES)
