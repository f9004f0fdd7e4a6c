"""The same calling code takes SeisBench's PhaseNet and LPPN."""

import pickle

import numpy as np
import pytest

from lppn_np.annotating import ClassifyOutput

# What a Pick and a DataFrame have in SeisBench 0.12.
ATTRIBUTES = [
    *("trace_id", "start_time", "end_time", "peak_time"),
    *("peak_value", "phase", "polarity", "polarity_value"),
]
COLUMNS = [
    *("station", "time", "start_time", "end_time"),
    *("probability", "phase", "polarity", "polarity_probability"),
]


def use(model, stream):
    """Call a model as a SeisBench user does."""
    annotations = model.annotate(stream, overlap=1500, stacking="max", batch_size=16, strict=True, copy=True)
    output = model.classify(
        stream,
        P_threshold=0.1,
        S_threshold=0.1,
        overlap=0.6,
        blinding=(250, 250),
        flexible_horizontal_components=True,
    )
    for label in model.labels:
        assert len(annotations.select(channel=f"{model.name}_{label}")) == 1
    assert output.creator == model.name
    assert output.picks
    assert all(hasattr(pick, name) for pick in output.picks for name in ATTRIBUTES)
    assert [pick.trace_id for pick in output.picks.select(phase="P", min_confidence=0.1)] != []
    frame = output.picks.to_dataframe()
    assert set(COLUMNS) <= set(frame.columns)
    assert str(frame.time.dtype).startswith("datetime64")
    assert frame.time.is_monotonic_increasing
    assert sorted(output.picks)[0].start_time == min(pick.start_time for pick in output.picks)
    # The three that associators take (pyocto's associate_seisbench).
    assert all(pick.start_time <= pick.peak_time <= pick.end_time for pick in output.picks)
    assert all(isinstance(pick.peak_time.timestamp, float) for pick in output.picks)
    assert pickle.loads(pickle.dumps(output)).creator == output.creator
    return annotations


@pytest.fixture
def minute(example, make_trace):
    for trace in example:
        trace.data = np.tile(trace.data, 2)
    return example


def test_lppn(model, minute):
    pytest.importorskip("pandas")
    use(model, minute)


@pytest.mark.filterwarnings("ignore")  # SeisBench uses what newer pandas calls deprecated
def test_phasenet(minute):
    models = pytest.importorskip("seisbench.models", reason="SeisBench is no dependency of the tests")
    use(models.PhaseNet(phases="NPS"), minute)


def test_the_output_is_no_list():
    output = ClassifyOutput("LPPN", picks=[])
    for use_as_list in (iter, lambda o: o[0]):
        with pytest.raises(ValueError, match="in the attribute picks"):
            use_as_list(output)
    assert pickle.loads(pickle.dumps(output)) == output
