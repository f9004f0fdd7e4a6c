"""Solutions of the exercises in docs/by-hand/exercises, and for each a mistake that its test must notice.

By exercise, then by the name of the function that the reader writes.
"""

import itertools

import numpy as np

from lppn_np.kernels import reference


def scale_component(x):
    x = x - x.mean()
    x = np.where(np.ptp(x) > 0, x, 0.0)
    largest = np.abs(x).max()
    return x / largest if largest > 0 else x


def scale_like_the_authors(x):
    x = x - x.mean()
    return x / (np.abs(x).max() + 1e-6)


def pointwise_gradients(dy, x, weight):
    return weight.T @ dy, (dy @ x.transpose(0, 2, 1)).sum(axis=0), dy.sum(axis=(0, 2))


def mean_instead_of_sum(dy, x, weight):
    return weight.T @ dy, (dy @ x.transpose(0, 2, 1)).mean(axis=0), dy.sum(axis=(0, 2))


def as_matrix(weight, n_times):
    n_out, n_in, n_taps = weight.shape
    matrix = np.zeros((n_out, n_times, n_in, n_times))
    for t in range(n_times):
        for k in range(n_taps):
            sample = t + k - (n_taps - 1) // 2
            if 0 <= sample < n_times:
                matrix[:, t, :, sample] = weight[:, :, k]
    return matrix.reshape(n_out * n_times, n_in * n_times)


def fold(weight, gain, shift, mean, var, eps):
    scale = gain / np.sqrt(var + eps)
    return scale[:, None] * weight, shift - scale * mean


def reach(kernels, strides):
    samples, step = 1, 1
    for n_taps, stride in zip(kernels, strides, strict=True):
        samples += (n_taps - 1) * step
        step *= stride
    return samples


def reach_without_strides(kernels, strides):
    return 1 + sum(n_taps - 1 for n_taps in kernels)


def upsampling_matrix(n):
    matrix = np.zeros((2 * n, n))
    for i in range(2 * n):
        position = i * (n - 1) / (2 * n - 1)
        left = min(int(position), n - 2)
        matrix[i, left], matrix[i, left + 1] = 1 - (position - left), position - left
    return matrix


def arrivals(logits, offsets, stride, threshold):
    exponentials = np.exp(logits - logits.max(axis=0))
    probability = exponentials / exponentials.sum(axis=0)
    return [
        (label, segment * stride + offsets[segment], probability[label, segment])
        for label in (1, 2)
        for segment in np.flatnonzero(probability[label] >= threshold)
    ]


def arrivals_without_offset(logits, offsets, stride, threshold):
    return arrivals(logits, np.zeros_like(offsets), stride, threshold)


def labels(pairs, n_segments, stride):
    classes, offsets = np.zeros(n_segments, int), np.zeros(n_segments)
    for label, sample in pairs:
        segment = int(sample // stride)
        classes[segment], offsets[segment] = label, sample % stride
    return classes, offsets


def labels_cut_with_stride_8(pairs, n_segments, stride):
    return labels(pairs, n_segments, 8)


def n_parameters(n):
    widths = [3, n, 2 * n, 2 * n, 3 * n, 3 * n, 4 * n, 5 * n, 5 * n, 5 * n, 5 * n]
    total = 0
    for n_in, n_out in itertools.pairwise(widths):
        hidden = 2 * n_in
        total += hidden * n_in + 3 * hidden + n_out * hidden  # expand, three taps, project
        total += 2 * hidden + 2 * hidden + 2 * n_out  # gain and shift of three normalisations
    top = 5 * n
    total += 3 * (5 * top * top + top + 2 * top)  # dense convolutions with bias, and their normalisations
    return total + 4 * (2 * top + 1)  # three logits and one offset, with bias


def n_parameters_without_norms(n):
    return n_parameters(n) - 4 * n


def momentum_step(weight, gradient, velocity, learning_rate, momentum):
    velocity = momentum * velocity + gradient
    return weight - learning_rate * velocity, velocity


def averaged_gradient(weight, gradient, velocity, learning_rate, momentum):
    velocity = momentum * velocity + (1 - momentum) * gradient
    return weight - learning_rate * velocity, velocity


def slope(f, x, direction, h=1e-5):
    return (f(x + h * direction) - f(x - h * direction)) / (2 * h)


def one_sided_slope(f, x, direction, h=1e-5):
    return (f(x + h * direction) - f(x)) / h


SOLUTIONS = {
    "scaling": {"scale_component": scale_component},
    "pointwise": {"gradients": pointwise_gradients},
    "depthwise": {"dinput_at_stride_1": lambda dy, weight: reference.depthwise(dy, weight[:, ::-1], 1)},
    "dense_conv": {"as_matrix": as_matrix},
    "batch_norm": {"fold": fold},
    "relu6": {
        "relu6": lambda x: np.minimum(np.maximum(x, 0), 6),
        "relu6_dinput": lambda dy, x: np.where((x > 0) & (x < 6), dy, 0.0),
    },
    "reach": {"reach": reach},
    "upsample": {"matrix": upsampling_matrix},
    "decode": {"arrivals": arrivals},
    "labels": {"labels": labels},
    "parameters": {"n_parameters": n_parameters},
    "momentum": {"momentum_step": momentum_step},
    "slope": {"slope": slope},
}

MISTAKES = {
    "scaling": {"scale_component": scale_like_the_authors},
    "pointwise": {"gradients": mean_instead_of_sum},
    "depthwise": {"dinput_at_stride_1": lambda dy, weight: reference.depthwise(dy, weight, 1)},
    "dense_conv": {"as_matrix": lambda weight, n: as_matrix(weight[:, :, ::-1], n)},
    "batch_norm": {"fold": lambda weight, gain, shift, mean, var, eps: (gain[:, None] * weight, shift)},
    "relu6": {
        "relu6": lambda x: np.where(x > 0, np.minimum(x, 6), 0.0),  # a NaN is not above 0
        "relu6_dinput": lambda dy, x: np.where(x > 0, dy, 0.0),
    },
    "reach": {"reach": reach_without_strides},
    "upsample": {"matrix": lambda n: np.repeat(np.eye(n), 2, axis=0)},
    "decode": {"arrivals": arrivals_without_offset},
    "labels": {"labels": labels_cut_with_stride_8},
    "parameters": {"n_parameters": n_parameters_without_norms},
    "momentum": {"momentum_step": averaged_gradient},
    "slope": {"slope": one_sided_slope},
}
