"""The table of contenders: it drives the check of their results and their times alike."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from lppn_np.bench import torch_contenders
from lppn_np.bench.problem import Problem
from lppn_np.bench.torch_contenders import LeftOut, Run
from lppn_np.engines import ENGINES
from lppn_np.errors import MissingDependencyError
from lppn_np.onnx_export import onnx_model
from lppn_np.optional import require

Builder = Callable[[Problem], Run]

#: Names of our engines begin with it.
OURS = "lppn-np "
#: What every other contender is compared with.
HEADLINE = f"{OURS}numba"


def engine(name: str, problem: Problem) -> Run:
    """Run one of our own engines."""
    return lambda: problem.model.forward(problem.x, name, problem.threads)


def onnx_runtime(problem: Problem) -> Run:
    """Run ONNX Runtime with all its graph optimisations."""
    runtime = require("onnxruntime", "bench")
    options = runtime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = problem.threads, 1
    options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_ENABLE_ALL
    content = onnx_model(problem.model)
    session = runtime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    return lambda: tuple(session.run(["logits", "offsets"], {"x": problem.x}))


CONTENDERS: dict[str, Builder] = {
    "PyTorch eager": torch_contenders.eager,
    "PyTorch fused": torch_contenders.fused,
    "TorchScript frozen": torch_contenders.frozen,
    "torch.compile": torch_contenders.compiled,
    "ONNX Runtime": onnx_runtime,
    **{f"{OURS}{name}": functools.partial(engine, name) for name in reversed(ENGINES)},
}


@dataclass
class Lineup:
    """Who can take part.

    Attributes
    ----------
    ready : dict of str to callable
        What to time, by name.
    setup : dict of str to float
        Seconds to build each and run it for the first time: compilation, graph optimisation, packing.
    left_out, failed : dict of str to str
        The others, with the reason: a package that is not there; an error.
    """

    ready: dict[str, Run] = field(default_factory=dict)
    setup: dict[str, float] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


def line_up(problem: Problem, table: Mapping[str, Builder] | None = None) -> Lineup:
    """Build every contender of the table for a problem and run it once."""
    lineup = Lineup()
    for name, build in (CONTENDERS if table is None else table).items():
        start = time.perf_counter()
        try:
            run = build(problem)
            run()
        except (LeftOut, MissingDependencyError) as reason:
            lineup.left_out[name] = str(reason)
        except Exception as error:  # one that fails must not take the others with it
            lineup.failed[name] = f"{type(error).__name__}: {error}"
        else:
            lineup.ready[name] = run
            lineup.setup[name] = time.perf_counter() - start
    return lineup
