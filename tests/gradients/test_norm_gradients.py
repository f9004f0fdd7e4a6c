"""Batch normalisation and ReLU as training folds them up, against the textbook: forward and back."""

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from lppn_np.engines.layers_engine import combine_moments
from lppn_np.gradients.buffers import Kept
from lppn_np.gradients.norms import Norms
from lppn_np.gradients.plan import Signal
from lppn_np.kernels import IDENTITY, NORM, NORM_RELU, reference
from lppn_np.kernels.batch_norm import activate, batch_moments, finish_gradient, norm_dinput

EPS = 1e-5  # the epsilon of every normalisation in LPPN
dtypes = st.sampled_from([np.float32, np.float64])
seeds = st.integers(0, 2**32 - 1)
batches = st.integers(1, 3)
channels = st.integers(1, 9)
times = st.integers(1, 2) | st.integers(3, 40)
modes = st.sampled_from([NORM, NORM_RELU])


@pytest.fixture(scope="session")
def folded(normal):
    """``folded(...)``: a kept convolution with its normalisation, and the same in plain arrays."""

    def make(dtype, seed, n_windows, n_channels, n_times, frozen):
        draw = normal(dtype, seed)
        kept = Kept.allocate((n_windows, n_channels, n_times), np.dtype(dtype))
        kept.z[:] = draw(n_windows, n_channels, n_times)
        kept.gradient[:] = draw(n_windows, n_channels, n_times)
        tensors = {name: draw(n_channels) for name in ("n.weight", "n.bias", "n.running_mean")}
        tensors["n.running_var"] = (0.1 + abs(draw(n_channels))).astype(dtype)
        batch_moments(kept.moments, kept.z)
        norms = Norms(tensors, np.dtype(dtype), frozen)
        norms.fold("n", *combine_moments(kept.moments, n_times))
        mean, var = tensors["n.running_mean"], tensors["n.running_var"]
        if not frozen:
            mean, var = reference.batch_statistics(kept.z)
        return kept, norms, tensors["n.weight"], tensors["n.bias"], mean, var

    return make


@pytest.mark.parametrize("frozen", [False, True])
@given(dtype=dtypes, seed=seeds, n_windows=batches, n_channels=channels, n_times=times, mode=modes)
@example(dtype=np.float32, seed=0, n_windows=1, n_channels=1, n_times=1, mode=NORM_RELU)
@example(dtype=np.float64, seed=0, n_windows=1, n_channels=1, n_times=2, mode=NORM)
def test_norm_and_relu(folded, frozen, dtype, seed, n_windows, n_channels, n_times, mode):
    kept, norms, weight, bias, mean, var = folded(dtype, seed, n_windows, n_channels, n_times, frozen)
    z, dy = kept.z, kept.gradient.copy()
    # Two numbers next to each other have a variance near 0, and any rounding of it shows in all that follows.
    assume(n_windows * n_times == 1 or var.min() > 1e-2)
    u = reference.batch_norm(z, weight, bias, mean, var, EPS)
    assume(mode == NORM or abs(u).min() > 1e-4)  # nearer to its kink a ReLU may go either way
    expected_y = reference.relu(u) if mode == NORM_RELU else u
    du = reference.relu_dinput(dy, u) if mode == NORM_RELU else dy
    expected_dz, dweight, dbias = reference.batch_norm_backward(du, z, weight, mean, var, EPS, frozen)

    norm = norms.of(Signal("z", "n", mode), kept)
    y, dz = np.full_like(z, np.nan), np.full_like(z, np.nan)
    for n in range(n_windows):
        activate(y[n], z[n], norm, mode)
        finish_gradient(kept.gradient[n], kept.sums[n], z[n], norm, mode)
    coefficients, gradients = norms.backward("n", kept)
    for n in range(n_windows):
        norm_dinput(dz[n], kept.gradient[n], z[n], coefficients)

    # Some ten roundings of terms of this size, and sums over the batch of that many.
    n_terms = n_windows * n_times
    eps = np.finfo(dtype).eps * (10 + n_terms)
    inverse = 1 / np.sqrt(var + EPS)[:, None]
    x_hat = (abs(z) + abs(mean)[:, None]) * inverse
    gain = abs(weight)[:, None]
    largest = x_hat.max(axis=(0, 2), keepdims=True)
    mean_dy = abs(du).mean(axis=(0, 2))[:, None]
    np.testing.assert_array_equal(kept.gradient, du)
    assert_within(y, expected_y, eps * (gain * x_hat + abs(bias)[:, None]))
    assert_within(dz, expected_dz, eps * gain * inverse * (abs(du) + mean_dy * (1 + largest) ** 2))
    sums = abs(du).sum(axis=(0, 2))
    assert_within(gradients["n.bias"], dbias, eps * sums)
    assert_within(gradients["n.weight"], dweight, eps * sums * largest[0, :, 0])


def assert_within(got, expected, bound):
    assert (got.dtype, got.shape) == (expected.dtype, expected.shape)
    excess = abs(got - expected) - bound
    assert excess.max() <= 0, f"off by {excess.max():.3g} more than the bound"


def test_a_signal_without_normalisation_is_itself():
    z = np.random.default_rng(0).standard_normal((3, 7)).astype(np.float32)
    y = np.full_like(z, np.nan)
    activate(y, z, np.zeros((3, 4), np.float32), IDENTITY)
    np.testing.assert_array_equal(y, z)


@pytest.mark.parametrize("frozen", [False, True])
def test_a_gradient_along_the_batch_mean_is_taken_out(folded, frozen):
    """A constant added to a channel changes nothing when the batch normalises itself: dz sums to 0."""
    kept, norms, weight, *_, var = folded(np.float64, 3, 4, 5, 50, frozen)
    norm, dz = norms.of(Signal("z", "n", NORM), kept), np.empty_like(kept.z)
    for n in range(4):
        finish_gradient(kept.gradient[n], kept.sums[n], kept.z[n], norm, NORM)
    coefficients, _ = norms.backward("n", kept)
    for n in range(4):
        norm_dinput(dz[n], kept.gradient[n], kept.z[n], coefficients)
    total = dz.sum(axis=(0, 2))
    if frozen:
        expected = weight / np.sqrt(var + EPS) * kept.gradient.sum(axis=(0, 2))
        np.testing.assert_allclose(total, expected, rtol=1e-12)
    else:
        np.testing.assert_allclose(total, 0, atol=1e-12 * abs(dz).sum())
