"""SeisBench in another process, perhaps another Python: it brings PyTorch and much else."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from lppn_np.bench.isolated import thread_variables
from lppn_np.bench.torch_contenders import LeftOut

_SCRIPT = Path(__file__).with_name("seisbench_day.py")
_HINT = "pip install seisbench, in this environment or in another one given as --seisbench-python PATH"


class SeisBenchProcess:
    """PhaseNet waiting for the word, in a process that has loaded the day.

    Parameters
    ----------
    python : str or None
        Interpreter that has SeisBench; None takes this one.
    data : Path
        The day, ``.npy``.
    threads : int
        Of PyTorch.

    Attributes
    ----------
    versions : str
        Of SeisBench and PyTorch.

    Raises
    ------
    LeftOut
        SeisBench is not there, or does not start.
    """

    def __init__(self, python: str | None, data: Path, threads: int) -> None:
        if python is None and importlib.util.find_spec("seisbench") is None:
            raise LeftOut(f"SeisBench is not installed: {_HINT}")
        command = [python or sys.executable, "-I", str(_SCRIPT), str(data), str(threads)]
        # Open as long as the process runs; a pipe that nobody reads would fill up.
        self._complaints = tempfile.TemporaryFile("w+")  # noqa: SIM115
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._complaints,
                text=True,
                env={**os.environ, **thread_variables(threads)},
            )
        except OSError as error:
            raise LeftOut(f"{command[0]} cannot be started ({error}): {_HINT}") from error
        assert self._process.stdin
        assert self._process.stdout
        self._words, self._answers = self._process.stdin, self._process.stdout
        self.versions = self._answers.readline().strip()
        if not self.versions:
            raise LeftOut(f"SeisBench does not start ({self._last_words()}): {_HINT}")

    def run(self) -> int:
        """Pick the day; the number of picks."""
        return int(self._ask("run"))

    def end(self) -> float:
        """End the process; its peak memory in MB."""
        peak = float(self._ask("end"))
        self._process.communicate()
        self._complaints.close()
        return peak

    def _ask(self, word: str) -> str:
        self._words.write(f"{word}\n")
        self._words.flush()
        answer = self._answers.readline()
        if not answer:
            raise RuntimeError(f"SeisBench's process died: {self._last_words()}")
        return answer

    def _last_words(self) -> str:
        self._process.communicate()
        self._complaints.seek(0)
        return (self._complaints.read().strip().splitlines() or ["no message"])[-1]
