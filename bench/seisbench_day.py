"""SeisBench's PhaseNet on a day, in a Python that has SeisBench: ``python -I seisbench_day.py DATA THREADS``.

It stands alone (lppn-np need not be installed there) and is told what to do by lines on its input: ``run``
picks the day and answers with the number of picks, ``end`` answers with the peak memory in MB. With -I the
other files of this folder do not hide modules of the same names.
"""

import importlib
import sys
from pathlib import Path
from typing import Any

import numpy as np


def load(path: str, threads: int) -> tuple[Any, Any, str]:
    """Model with random weights, the day as a Stream, and the versions."""
    obspy, torch = importlib.import_module("obspy"), importlib.import_module("torch")
    seisbench = importlib.import_module("seisbench")
    models = importlib.import_module("seisbench.models")
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    model = models.PhaseNet()
    with torch.no_grad():
        # Untrained, a third each, it would trigger everywhere; like trained ones it mostly says noise.
        model.out.bias[list(model.labels).index("N")] += 5.0
    stream = obspy.Stream()
    for row, component in zip(np.load(path), "ENZ", strict=True):
        header = {"station": "DAY", "channel": f"HH{component}", "sampling_rate": 100.0}
        stream += obspy.Trace(row, header)
    return model, stream, f"SeisBench {seisbench.__version__}, PyTorch {torch.__version__}"


def peak_memory() -> float:
    """Most memory this process has had, in MB; NaN where the system does not tell."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return float("nan")
    return next(int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("VmHWM:"))


def main() -> None:
    """Answer every line of the input with one line."""
    answers = sys.stdout
    sys.stdout = sys.stderr  # progress and remarks of others must not look like answers
    model, stream, versions = load(sys.argv[1], int(sys.argv[2]))
    print(versions, file=answers, flush=True)
    for line in sys.stdin:
        answer = len(model.classify(stream).picks) if line.strip() == "run" else peak_memory()
        print(answer, file=answers, flush=True)


if __name__ == "__main__":
    main()
