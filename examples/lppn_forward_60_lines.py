"""LPPN's forward pass in NumPy alone, in sixty lines; docs/by-hand builds it function by function."""

import numpy as np

STRIDES = {8: "1121212", 16: "2121212", 32: "2221212", 64: "2222212", 128: "2222222"}


def pointwise(x, weight, bias=0):  # (B, Ci, T) -> (B, Co, T); weight (Co, Ci)
    return weight @ x + np.asarray(bias, x.dtype)[..., None]


def taps(x, n_taps, stride):  # for every tap k the samples x[b, c, S t + k - P] that it meets
    pad = (n_taps - 1) // 2
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad)))
    return enumerate(padded[:, :, k : k + x.shape[2] : stride] for k in range(n_taps))


def depthwise(x, weight, stride):  # (B, C, T) -> (B, C, T / S); weight (C, K)
    return sum(weight[:, k, None] * tap for k, tap in taps(x, weight.shape[1], stride))


def dense_conv(x, weight, bias):  # (B, Ci, T) -> (B, Co, T); weight (Co, Ci, K)
    return sum(weight[:, :, k] @ tap for k, tap in taps(x, weight.shape[2], 1)) + bias[:, None]


def batch_norm(x, w, name):  # with the running statistics that training has left
    normalised = (x - w[name + ".running_mean"][:, None]) / np.sqrt(w[name + ".running_var"] + 1e-5)[:, None]
    return w[name + ".weight"][:, None] * normalised + w[name + ".bias"][:, None]


def inverted_residual(x, w, name, stride):  # expand, filter, project; no block of the paper adds its input
    hidden = batch_norm(pointwise(x, w[name + ".expand.weight"]), w, name + ".expand_norm")
    filtered = depthwise(np.maximum(hidden, 0), w[name + ".depthwise.weight"], stride)
    activated = np.maximum(batch_norm(filtered, w, name + ".depthwise_norm"), 0)
    return batch_norm(pointwise(activated, w[name + ".project.weight"]), w, name + ".project_norm")


def upsample(x):  # (B, C, T) -> (B, C, 2 T): linear, with aligned corners
    n = x.shape[2]
    fraction, left = np.modf(np.float32((n - 1) / (2 * n - 1)) * np.arange(2 * n, dtype=np.float32))
    left = left.astype(int)
    return (1 - fraction) * x[:, :, left] + fraction * x[:, :, np.minimum(left + 1, n - 1)]


def forward(x, w, stride, levels=3):  # (B, 3, T) -> logits (B, 3, T / S), offsets (B, T / S) in samples
    for i, s in enumerate(STRIDES[stride]):
        x = inverted_residual(x, w, f"features.{i}", int(s))
    context = x
    for i in range(levels):
        context = inverted_residual(context, w, f"receptive_field.{i}", 2)
    for i in range(levels, 2 * levels):
        name = f"receptive_field.{i}"
        context = dense_conv(upsample(context), w[name + ".conv.weight"], w[name + ".conv.bias"])
        context = np.maximum(batch_norm(context, w, name + ".norm"), 0)
    both = np.concatenate([x, context], axis=1)
    logits = pointwise(both, w["class_head.weight"], w["class_head.bias"])
    return logits, stride * pointwise(both, w["offset_head.weight"], w["offset_head.bias"])[:, 0]
