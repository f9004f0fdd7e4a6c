"""What follows from sums over a batch, against the whole hidden signal made and normalised."""

import numpy as np
import pytest

from lppn_np.gradients.expansions import Centre, Expansion
from lppn_np.gradients.norms import Norms
from lppn_np.kernels import reference
from lppn_np.kernels import reference_expansion as twin
from lppn_np.network.ops import BatchNorm

N_WINDOWS, N_TIMES = 3, 20
sizes = pytest.mark.parametrize(("n_hidden", "n_in"), [(6, 3), (5, 4), (16, 8), (1, 1)])


def draw(n_hidden, n_in):
    """A batch of x_hat (B, Ci, T) with mean 0, and an expansion of x = gain x_hat + offset."""
    rng = np.random.default_rng([n_hidden, n_in])
    x_hat = rng.normal(size=(N_WINDOWS, n_in, N_TIMES))
    x_hat -= x_hat.mean(axis=(0, 2), keepdims=True)
    gain, offset, mean, inverse = rng.normal(size=(4, n_in))
    tensors = {"n.weight": rng.normal(size=n_hidden), "n.bias": rng.normal(size=n_hidden)}
    tensors |= {"n.running_mean": rng.normal(size=n_hidden), "n.running_var": rng.uniform(0.5, 2, n_hidden)}
    weight, du = rng.normal(size=(n_hidden, n_in)), rng.normal(size=(N_WINDOWS, n_hidden, N_TIMES))
    return x_hat, weight, Centre(np.zeros((n_in, 4)), gain, offset, mean, inverse), tensors, du


def expand(weight, centre, tensors, x_hat, frozen):
    products = np.tril(np.einsum("bit,bjt->bij", x_hat, x_hat))
    norms = Norms(tensors, np.dtype(np.float64), frozen)
    products = products[:0] if frozen else products
    return norms, Expansion(norms, "n", weight, centre, products, N_TIMES)


@sizes
@pytest.mark.parametrize("frozen", [False, True])
def test_statistics_and_gradients_are_those_of_the_layers(n_hidden, n_in, frozen):
    x_hat, weight, centre, tensors, du = draw(n_hidden, n_in)
    x = centre.gain[:, None] * x_hat + centre.offset[:, None]
    hidden = reference.pointwise(x, weight, np.zeros(n_hidden))
    mean, var = tensors["n.running_mean"], tensors["n.running_var"]
    norms, expansion = expand(weight, centre, tensors, x_hat, frozen)
    if not frozen:
        mean, var = reference.batch_statistics(hidden)
        np.testing.assert_allclose(norms.statistics["n"], (mean, var), rtol=1e-10, atol=1e-12)
    backward = reference.batch_norm_backward
    dh, dgain, dshift = backward(du, hidden, tensors["n.weight"], mean, var, BatchNorm.eps, frozen)
    expected_dx = reference.pointwise_dinput(dh, weight)

    tallies = np.zeros((N_WINDOWS, n_hidden, 4))
    tallies[:, :, 0] = du.sum(axis=2)
    tallies[:, :, 1:] = np.arange(3) + 1
    products = np.einsum("bht,bit->bhi", du, x_hat)
    gradients, written, correction = expansion.backward(products, tallies)
    dtaps = np.tile(N_WINDOWS * (np.arange(3) + 1.0), (n_hidden, 1))
    expected = (reference.pointwise_dweight(dh, x), dgain, dshift, dtaps)
    for got, value in zip(gradients, expected, strict=True):
        np.testing.assert_allclose(got, value, rtol=1e-9, atol=1e-10)

    dx = reference.pointwise_dinput(norms.exact("n")[:, :1] * du, weight)
    np.testing.assert_allclose(written, sums_of(dx, x_hat), rtol=1e-9, atol=1e-10)
    assert (correction is None) == frozen
    if correction is not None:
        z = x_hat / centre.inverse[:, None] + centre.mean[:, None]
        rest = correction.matrix @ z + correction.constant[:, None]
        np.testing.assert_allclose(correction.sums, sums_of(rest, x_hat), rtol=1e-9, atol=1e-9)
        dx = dx + rest
    np.testing.assert_allclose(dx, expected_dx, rtol=1e-9, atol=1e-10)


@sizes
def test_kernels_equal_the_twins(n_hidden, n_in):
    x_hat, weight, centre, tensors, du = draw(n_hidden, n_in)
    norms, expansion = expand(weight, centre, tensors, x_hat, False)
    products = np.einsum("bit,bjt->bij", x_hat, x_hat)
    expected = twin.expansion_moments(weight, centre.gain, centre.offset, products, N_TIMES)
    np.testing.assert_allclose(norms.statistics["n"], expected, rtol=1e-10, atol=1e-12)
    d, t = np.einsum("bht,bit->bhi", du, x_hat), du.sum(axis=2)
    tallies = np.concatenate([t[:, :, None], np.zeros((*t.shape, 3))], axis=2)
    gradients, _, correction = expansion.backward(d, tallies)
    count, exact = N_WINDOWS * N_TIMES, norms.exact("n")
    covariance = products.sum(axis=0) / count
    totals = d.sum(axis=0), t.sum(axis=0)
    expected = twin.expansion_gradients(weight, centre.gain, exact, covariance, *totals, count)
    for got, value in zip(gradients, expected, strict=False):
        np.testing.assert_allclose(got, value, rtol=1e-9, atol=1e-10)
    flat = [np.concatenate(list(part), axis=1) for part in (du, x_hat)]
    expected_dx = twin.expansion_dinput(weight, centre.gain, exact, *flat)
    z = flat[1] / centre.inverse[:, None] + centre.mean[:, None]
    dx = (exact[:, :1] * weight).T @ flat[0] + correction.matrix @ z + correction.constant[:, None]
    np.testing.assert_allclose(dx, expected_dx, rtol=1e-9, atol=1e-10)


def sums_of(gradient, x_hat):
    return np.stack([gradient.sum(axis=(0, 2)), (gradient * x_hat).sum(axis=(0, 2))], axis=1)
