"""The loss: cross-entropy of the segments' classes and squared error of the arrivals' offsets, both summed.

Twin: ``reference.segment_loss``. The formula is the paper's, the offset weight too (1/10).
"""

from __future__ import annotations

import numpy as np

from lppn_np.kernels._jit import Array, kernel


@kernel
def segment_loss(
    loss: Array,
    dlogits: Array,
    doffsets: Array,
    logits: Array,
    offsets: Array,
    classes: Array,
    targets: Array,
    class_weights: Array,
    offset_weight: float,
) -> None:
    """Fill loss (B, 2) float64 and the gradients of both heads' outputs.

    logits (B, C, T), offsets and targets (B, T) in samples, classes (B, T): 0 none, above it an arrival,
    below it ignored. class_weights (C,) multiply both terms of a segment.
    """
    n_classes = logits.shape[1]
    for n in range(logits.shape[0]):
        entropy = 0.0
        squares = 0.0
        for t in range(logits.shape[2]):
            label = classes[n, t]
            weight = class_weights[max(label, 0)] if label >= 0 else 0.0
            largest = logits[n, 0, t]
            for c in range(1, n_classes):
                largest = max(largest, logits[n, c, t])
            total = 0.0
            for c in range(n_classes):
                total += np.exp(np.float64(logits[n, c, t] - largest))
            for c in range(n_classes):
                probability = np.exp(np.float64(logits[n, c, t] - largest)) / total
                dlogits[n, c, t] = weight * (probability - (1.0 if c == label else 0.0))
            doffsets[n, t] = 0
            if label >= 0:
                entropy += weight * (np.log(total) - np.float64(logits[n, label, t] - largest))
            if label > 0:
                error = np.float64(offsets[n, t]) - targets[n, t]
                squares += weight * error * error
                doffsets[n, t] = 2 * offset_weight * weight * error
        loss[n, 0] = entropy
        loss[n, 1] = offset_weight * squares
