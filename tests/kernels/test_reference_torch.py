"""The NumPy twins against PyTorch's own functions, in float64 (tightly) and in float32."""

import numpy as np
import pytest

from lppn_np.kernels import reference

torch = pytest.importorskip("torch")
functional = torch.nn.functional

DTYPES = (np.float32, np.float64)
LENGTHS = (1, 2, 7, 33, 200)
pytestmark = [pytest.mark.parametrize("dtype", DTYPES), pytest.mark.parametrize("n_times", LENGTHS)]


@pytest.fixture
def draw(dtype, n_times):
    """``draw(...)`` gives the same normal numbers as an array and as a tensor; -1 stands for the length."""
    rng = np.random.default_rng(n_times)

    def pair(*shape):
        x = rng.standard_normal([n_times if size == -1 else size for size in shape]).astype(dtype)
        return x, torch.from_numpy(x)

    return pair


@pytest.fixture
def assert_close(dtype):
    """Each of the two is off by at most n / 2 eps times the sum of its n terms; no term here exceeds 8.

    In the sum of n terms of unit variance the bound 8 n eps leaves room; no term at all means equal.
    """

    def check(ours, theirs, n_terms=1):
        assert ours.dtype == dtype
        assert ours.shape == tuple(theirs.shape)
        atol = 8 * n_terms * np.finfo(dtype).eps
        np.testing.assert_allclose(ours, theirs.numpy(), rtol=0, atol=atol)

    return check


@pytest.mark.parametrize("biased", [False, True])
def test_pointwise(draw, assert_close, biased):
    (x, tx), (weight, tw), (bias, tb) = draw(3, 5, -1), draw(4, 5), draw(4)
    ours = reference.pointwise(x, weight, bias if biased else None)
    assert_close(ours, functional.conv1d(tx, tw[:, :, None], tb if biased else None), 6)


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("n_taps", [1, 3, 5, 7])
def test_depthwise(draw, assert_close, n_taps, stride):
    (x, tx), (weight, tw) = draw(3, 5, -1), draw(5, n_taps)
    theirs = functional.conv1d(tx, tw[:, None], stride=stride, padding=n_taps // 2, groups=5)
    assert_close(reference.depthwise(x, weight, stride), theirs, n_taps)


@pytest.mark.parametrize("biased", [False, True])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("n_taps", [1, 3, 5, 7])
def test_dense_conv(draw, assert_close, n_taps, stride, biased):
    (x, tx), (weight, tw), (bias, tb) = draw(3, 5, -1), draw(4, 5, n_taps), draw(4)
    ours = reference.dense_conv(x, weight, bias if biased else None, stride)
    theirs = functional.conv1d(tx, tw, tb if biased else None, stride, n_taps // 2)
    assert_close(ours, theirs, 5 * n_taps + 1)


def test_batch_norm_with_running_statistics(draw, assert_close):
    (x, tx), *pairs = draw(3, 5, -1), draw(5), draw(5), draw(5)
    (weight, tw), (bias, tb), (mean, tm) = pairs
    var = abs(draw(5)[0]) + x.dtype.type(0.1)
    ours = reference.batch_norm(x, weight, bias, mean, var, 1e-5)
    theirs = functional.batch_norm(tx, tm, torch.from_numpy(var), tw, tb, training=False, eps=1e-5)
    assert_close(ours, theirs, 6)


def test_batch_norm_with_the_statistics_of_the_batch(draw, assert_close):
    (x, tx), (weight, tw), (bias, tb) = draw(3, 5, -1), draw(5), draw(5)
    tm, tv = torch.zeros(5, dtype=tx.dtype), torch.ones(5, dtype=tx.dtype)
    theirs = functional.batch_norm(tx, tm, tv, tw, tb, training=True, momentum=1.0, eps=1e-5)
    mean, var = reference.batch_statistics(x)
    assert_close(reference.batch_norm(x, weight, bias, mean, var, 1e-5), theirs, 20)
    # What PyTorch stores: with a momentum of 1 the batch's own mean, and its variance over n - 1.
    n = 3 * x.shape[2]
    assert_close(mean, tm, 4)
    assert_close(var * x.dtype.type(n / (n - 1)), tv, 4)


def test_upsample_linear(draw, assert_close):
    """Tight in float32 as well, which it is only if positions are rounded to the input's precision."""
    x, tx = draw(3, 5, -1)
    ours = reference.upsample_linear(x)
    assert_close(ours, functional.interpolate(tx, size=2 * x.shape[2], mode="linear", align_corners=True))
    layer = torch.nn.UpsamplingBilinear2d(scale_factor=(1, 2))
    assert_close(ours, layer(tx[:, :, None])[:, :, 0])


def test_upsample_nearest(draw, assert_close):
    x, tx = draw(3, 5, -1)
    assert_close(reference.upsample_nearest(x), functional.interpolate(tx, scale_factor=2, mode="nearest"), 0)


@pytest.mark.parametrize("size", [1.0, 30.0, 1e4])
def test_softmax_and_sigmoid(draw, assert_close, size):
    x, tx = draw(3, 5, -1)
    assert_close(reference.softmax(x * x.dtype.type(size)), functional.softmax(tx * size, dim=1))
    assert_close(reference.sigmoid(x * x.dtype.type(size)), torch.sigmoid(tx * size))


def test_relu_add_concat_and_scale(draw, assert_close):
    (a, ta), (b, tb) = draw(3, 5, -1), draw(3, 5, -1)
    assert_close(reference.relu(a), torch.relu(ta), 0)
    assert_close(reference.add(a, b), ta + tb, 0)
    assert_close(reference.concat(a, b), torch.cat((ta, tb), dim=1), 0)
    assert_close(reference.scale(a, 16.0), 16.0 * ta, 0)
