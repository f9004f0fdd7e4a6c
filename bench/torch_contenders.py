"""PyTorch's ways to run the reference network: eager, batch norms folded, TorchScript, compiled."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from typing import Any

from lppn_np.bench.problem import Array, Problem
from lppn_np.optional import require

#: Stride and features of the paper's networks that torch.compile is asked for: each takes it half a minute.
COMPILED = ((16, 8),)

Run = Callable[[], tuple[Array, Array]]


class LeftOut(Exception):  # noqa: N818  # not an error: the contender cannot take part here
    """A contender cannot run on this machine; the message says why."""


def eager(problem: Problem) -> Run:
    """Run module by module, as a user of the published code does."""
    return _runner(problem, _network(problem))


def fused(problem: Problem) -> Run:
    """Run with every batch normalisation folded into the convolution before it."""
    return _runner(problem, fold(_network(problem)))


def frozen(problem: Problem) -> Run:
    """Run the traced, frozen TorchScript program, optimised for inference (oneDNN)."""
    torch = require("torch", "bench")
    x = torch.from_numpy(problem.x)
    with warnings.catch_warnings(), torch.no_grad():
        # PyTorch 2.13 announces the end of TorchScript with every trace.
        warnings.simplefilter("ignore")
        program = torch.jit.optimize_for_inference(torch.jit.trace(_network(problem), x))
    return _runner(problem, program)


def compiled(problem: Problem) -> Run:
    """Run what torch.compile makes of the network with folded batch norms.

    Raises
    ------
    LeftOut
        It cannot compile here (it needs a C++ compiler), or this network is not one of :data:`COMPILED`.
    """
    config = problem.model.config
    if config.variant != "paper" or (config.stride, config.features) not in COMPILED:
        raise LeftOut(f"compiling takes half a minute; asked for the networks (S, n) of {COMPILED} only")
    os.environ.setdefault("TORCHINDUCTOR_COMPILE_THREADS", "1")
    torch = require("torch", "bench")
    torch._dynamo.reset()
    run = _runner(problem, torch.compile(fold(_network(problem))))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            run()
    except Exception as problem_of_theirs:  # whatever its compiler says
        text = str(problem_of_theirs) or "no message"
        reason = f"{type(problem_of_theirs).__name__}: {text.splitlines()[0]}"
        raise LeftOut(f"torch.compile does not work here ({reason}); it needs a C++ compiler") from None
    return run


def double(problem: Problem) -> Run:
    """Run eagerly in float64: not a contender, but what PyTorch's own rounding is measured against."""
    return _runner(problem, _network(problem).double())


def fold(network: Any) -> Any:
    """Fold, in place, every batch normalisation that follows a convolution into it."""
    torch = require("torch", "bench")
    for sequence in network.modules():
        if not isinstance(sequence, torch.nn.Sequential):
            continue
        for index in range(1, len(sequence)):
            conv, norm = sequence[index - 1], sequence[index]
            if isinstance(conv, torch.nn.Conv2d) and isinstance(norm, torch.nn.BatchNorm2d):
                sequence[index - 1] = torch.nn.utils.fusion.fuse_conv_bn_eval(conv, norm)
                sequence[index] = torch.nn.Identity()
    return network


def _network(problem: Problem) -> Any:
    torch = require("torch", "bench")
    from lppn_np.weights_import import to_state_dict
    from lppn_np.weights_import.torch_reference import build_reference

    torch.set_num_threads(problem.threads)
    config = problem.model.config
    network = build_reference(config.variant, config.stride, config.features)
    network.load_state_dict(to_state_dict(problem.model))
    return network.eval().requires_grad_(False)


def _runner(problem: Problem, network: Any) -> Run:
    torch = require("torch", "bench")
    x = torch.from_numpy(problem.x).to(next(iter(network.parameters()), torch.empty(0)).dtype)

    def run() -> tuple[Array, Array]:
        with torch.inference_mode():
            logits, offsets = network(x)
        return logits.numpy(), offsets.numpy()

    return run
