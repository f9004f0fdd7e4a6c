"""Write the golden files beside this script: what PyTorch computes, for clones that have no PyTorch.

    python tests/golden/make_golden.py

One file a network. Weights and input are not stored: they are drawn from seeds by :func:`draw_tensors` and
:func:`draw_input`, which the test calls as well. A file holds PyTorch's logits and offsets in float64, with
the running statistics ("eval") and with those of the batch ("train"), and one JSON text that says what
they belong to.
"""

import hashlib
import json
import math
from pathlib import Path

import numpy as np

from lppn_np.config import LPPNConfig
from lppn_np.network import build_network

MAGIC = "lppn-np golden"
VERSION = 1
FOLDER = Path(__file__).parent
N_WINDOWS = 2
#: Segments in a window. Two at the deepest layer would leave its batch statistics four numbers to stand on.
N_SEGMENTS = 24

CASES = {
    **{f"paper-{s}-{n}": ("paper", s, n) for s in (8, 16, 32, 64, 128) for n in (1, 2, 3, 4)},
    **{variant: (variant, 8, n) for variant, n in (("tiny", 4), ("medium", 8), ("large", 16))},
}

#: Spread of a batch normalisation's tensors: far enough from the identity that a mix-up shows. With a bias
#: around 0 the batch statistics of 26 layers amplify float32's rounding to 1e-4 (PyTorch's own: 8e-5, with
#: these ranges 4e-6), and a comparison would measure that.
_RANGES = {
    "weight": (0.25, 1.0),
    "bias": (0.5, 1.5),
    "running_mean": (-0.5, 0.5),
    "running_var": (0.5, 2.0),
}


def draw_tensors(network, seed):
    """Weights and statistics by our names, float32, drawn in the order of ``network.tensor_shapes()``."""
    raw = np.random.PCG64(seed)
    shapes = network.tensor_shapes()
    tensors = {}
    for name, shape in shapes.items():
        layer, part = name.rsplit(".", 1)
        if f"{layer}.running_var" in shapes:
            low, high = _RANGES[part]
        else:
            high = math.sqrt(3 / math.prod(shapes[f"{layer}.weight"][1:]))  # keeps the variance of its input
            low = -high
        tensors[name] = _uniform(raw, shape, low, high)
    return tensors


def draw_input(stride, seed):
    """A batch of windows, float32, (windows, 3, samples)."""
    return _uniform(np.random.PCG64(seed), (N_WINDOWS, 3, N_SEGMENTS * stride), -1, 1)


def _uniform(raw, shape, low, high):
    # From the generator's bare integers: NumPy may change Generator.uniform between versions, these never.
    unit = (raw.random_raw(math.prod(shape)) >> np.uint64(11)) * 2.0**-53
    return (low + (high - low) * unit).astype(np.float32).reshape(shape)


def checksum(tensors, x):
    """Sha256 of everything that was drawn: tells a drifting generator from a wrong network."""
    digest = hashlib.sha256()
    for array in (*tensors.values(), x):
        digest.update(array.astype("<f4").tobytes())
    return digest.hexdigest()


def pytorch_outputs(network, case, tensors, x):
    """Logits and offsets of the PyTorch reference in float64, by mode."""
    import torch

    from lppn_np.weights_import.names import torch_tensors
    from lppn_np.weights_import.torch_reference import build_reference

    module = build_reference(*case)
    state = module.state_dict()  # the counters of batches stay as they are
    for own, (name, shape) in torch_tensors(network).items():
        state[name] = torch.from_numpy(tensors[own]).reshape(shape)
    module.load_state_dict(state, strict=True)
    module.double()
    outputs = {}
    for mode in ("eval", "train"):
        with torch.no_grad():
            logits, offsets = module.train(mode == "train")(torch.from_numpy(x).double())
        outputs |= {f"{mode}_logits": logits.numpy(), f"{mode}_offsets": offsets.numpy()}
    return outputs, torch.__version__


def write(name, seed):
    """Write the file of one case."""
    variant, stride, features = CASES[name]
    network = build_network(LPPNConfig(variant=variant, stride=stride, features=features))
    tensors, x = draw_tensors(network, seed), draw_input(stride, seed + 1)
    outputs, torch_version = pytorch_outputs(network, CASES[name], tensors, x)
    meta = {
        "magic": MAGIC,
        "version": VERSION,
        "script": "tests/golden/make_golden.py",
        "torch": torch_version,
        "network": [variant, stride, features],
        "tensors_seed": seed,
        "input_seed": seed + 1,
        "sha256": checksum(tensors, x),
    }
    np.savez_compressed(FOLDER / f"{name}.npz", meta=json.dumps(meta).encode(), **outputs)


if __name__ == "__main__":
    for index, name in enumerate(CASES):
        write(name, 1000 + 2 * index)
    print(f"{len(CASES)} files, {sum(path.stat().st_size for path in FOLDER.glob('*.npz')):,} bytes")
