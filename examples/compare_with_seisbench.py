"""The same lines for SeisBench's PhaseNet and for LPPN: only the two that make the model differ.

    pip install seisbench "lppn-np[waveforms,dataframe]"
    python examples/compare_with_seisbench.py [WAVEFORMS]

Prints the picks of both, and what a program that takes SeisBench's picks finds in ours. Without SeisBench it
says so and picks with LPPN alone. SeisBench's weights are downloaded; where that fails, its network is
used untrained, which shows the same types but no sensible picks.
"""

import sys
import tempfile
from pathlib import Path

import obspy
from made_up_network import make_network

import lppn_np


def made_up_stream() -> obspy.Stream:
    """Four minutes at one station, with two events: obspy's own example is shorter than PhaseNet's window."""
    with tempfile.TemporaryDirectory() as folder:
        return obspy.read(str(make_network(Path(folder)) / "XX.DDD.mseed"))


def seisbench_model():
    """SeisBench's PhaseNet and a remark on its weights, or None and why not."""
    try:
        import seisbench.models as sbm
    except ImportError as error:
        return None, f"SeisBench is not installed ({error}): pip install seisbench"
    try:
        return sbm.PhaseNet.from_pretrained("stead"), "weights 'stead'"
    except Exception as error:  # each way to be offline has its own
        return sbm.PhaseNet(phases="NPS", norm="std"), f"untrained: no weights ({type(error).__name__})"


def use(model, stream) -> list:
    """Run code that was written for SeisBench, and does not know whose model it has."""
    curves = model.annotate(stream)
    print("  curves: ", ", ".join(trace.id for trace in curves))
    picks = model.classify(stream, P_threshold=0.3, S_threshold=0.3).picks
    for pick in picks[:6]:
        print(f"  {pick.trace_id} {pick.phase} {pick.peak_time} {pick.peak_value:.2f}")
    print(f"  {len(picks)} picks; columns: {', '.join(picks.to_dataframe().columns)}")
    # What PyOcto's associate_seisbench asks of a pick.
    for pick in picks:
        assert isinstance(pick.peak_time.timestamp, float)
        assert pick.phase in ("P", "S")
        assert pick.trace_id.count(".") == 2
    return picks


def main() -> None:
    """Run the same lines with both."""
    stream = obspy.read(sys.argv[1]) if len(sys.argv) > 1 else made_up_stream()
    theirs, remark = seisbench_model()
    print(f"SeisBench's PhaseNet: {remark}")
    if theirs is not None:
        use(theirs, stream)
    print("LPPN:")
    use(lppn_np.LPPN.from_pretrained("default"), stream)


if __name__ == "__main__":
    main()
