"""Pictures of reasons and fields: what is drawn is what was found."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from lppn_np.inspection import EffectiveField, Target, occlusion, saliency
from lppn_np.inspection.figures import plot_fields, plot_reasons

pytest.importorskip("matplotlib", reason="figures are drawn with matplotlib")
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "look_inside.py"


def test_reasons(lively, labelled):
    model = lively("paper", 16, 4)
    x = labelled(model, n_windows=1, length=10)[0]
    target = Target(40, 1)
    found, silent = saliency(model, x, target), occlusion(model, x, target, width=32, step=16)
    figure = plot_reasons(found, silent, 16, 100.0, "ZNE", (400, 900), "a title")
    assert figure.get_suptitle() == "a title"
    *components, drops = figure.axes
    assert [axis.get_ylabel() for axis in components] == ["Z", "N", "E"]
    lines = {line.get_label(): line for line in drops.get_lines()}
    np.testing.assert_array_equal(lines["all three"].get_ydata(), silent.drops[3])
    np.testing.assert_array_equal(lines["Z"].get_xdata(), (silent.starts + 16) / 100)
    assert "fall of the\nlog-odds" in drops.get_ylabel()
    wave = components[0].get_lines()[0]
    np.testing.assert_allclose(wave.get_ydata(), x[0, 0] / abs(x[0, 0]).max())
    assert components[0].get_xlim() == pytest.approx((6.4 - 4.5, 6.4 + 4.5))
    figure.canvas.draw()


def test_fields():
    strength = np.zeros(1000)
    strength[450:550] = 0.01
    wide, narrow = (
        EffectiveField("class_head", 1, 31, 500.0, (300, 700), s) for s in (strength, strength**2)
    )
    axis = plot_fields({"wide": wide, "narrow": narrow}, 100.0, title="how far").axes[0]
    words = [text.get_text() for text in axis.get_legend().get_texts()]
    assert words[0].startswith("wide: 95 % within 0.9")
    assert words[-1] == "theoretical: 4.01 s"
    assert axis.get_title() == "how far"
    assert axis.get_xlim() == pytest.approx((-2.4, 2.4))


def test_the_example_draws_both(tmp_path, monkeypatch, capsys):
    pytest.importorskip("obspy", reason="the record comes with obspy")
    spec = importlib.util.spec_from_file_location("lppn_np_example_look_inside", EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "N_WINDOWS", 1)
    monkeypatch.setattr("sys.argv", ["look_inside.py", str(tmp_path)])
    module.main()
    assert {path.name for path in tmp_path.iterdir()} == {"inspection-pick.png", "inspection-field.png"}
    assert "P at 4.7" in capsys.readouterr().out
