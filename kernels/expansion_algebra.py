"""What a normalisation does to a hidden signal that is linear in x, from sums over the batch alone.

The expanding unit (:mod:`.units_expand`) reads x = gain x_hat + offset, where x_hat has mean 0 over the
batch, and expands it to h = W x, which is normalised, rectified and filtered. h is not kept. With V = W gain,
C the covariance of x_hat over the N samples of the batch, and U = V C,

    mean(h) = W offset,    var(h) = diag(U V^T).

Backward, with du the gradient after the normalisation, t = sum of du and D = sum of du x_hat^T:

    s = sum of du h_hat = inverse diag(D V^T),    slope = scale inverse s / N
    dh = scale (du - t / N) - slope (h - mean(h))
    dW = (scale D - N slope U) gain
    dx = W^T (scale du) - W^T (scale t) / N - W^T slope V x_hat

The unit writes the first term of dx; what is missing, a mixture of x_hat and a constant, is handed down.
The sums of both over the batch, and of their products with x_hat, follow from t, D and C. Done in float64:
these arrays are small, and differences of sums cancel. As loops because a step does this twenty times, and
NumPy's calls took 0.3 ms each time.

Twins: :mod:`.reference_expansion`; guarded by tests/kernels/test_expansion_algebra.py.
"""

from __future__ import annotations

from lppn_np.kernels._jit import Array, kernel
from lppn_np.kernels.packing import OUTPUTS


@kernel
def expansion_moments(
    mean: Array,
    var: Array,
    v: Array,
    u: Array,
    covariance: Array,
    weight: Array,
    gain: Array,
    offset: Array,
    products: Array,
    n_times: int,
) -> None:
    """Fill mean, var (H,), v, u (H, C) and covariance (C, C) of W x.

    products (B, C, C) are each window's sums of products of x_hat; on and below the diagonal is enough. Of no
    window, where the statistics are constants, covariance, u and var are zero.
    """
    n_hidden, n_in = weight.shape
    covariance[:] = 0
    for n in range(products.shape[0]):
        for i in range(n_in):
            for j in range(i + 1):
                covariance[i, j] += products[n, i, j]
    for i in range(n_in):
        for j in range(i + 1):
            covariance[i, j] /= max(1, products.shape[0]) * n_times
            covariance[j, i] = covariance[i, j]
    for h in range(n_hidden):
        mean[h] = 0
        u[h] = 0
        for k in range(n_in):
            mean[h] += weight[h, k] * offset[k]
            v[h, k] = weight[h, k] * gain[k]
            for j in range(n_in):
                u[h, j] += v[h, k] * covariance[k, j]
        square = 0.0
        for k in range(n_in):
            square += u[h, k] * v[h, k]
        var[h] = max(square, 0.0)


@kernel
def pack_expansion(packed: Array, back: Array, exact: Array, v: Array, weight: Array, mean: Array) -> None:
    """Pack (:func:`.packing.pack`) what leads from x_hat to the normalised h, and from du to W^T (scale du).

    exact (H, 4) holds scale, shift, mean and inverse as they are applied, mean (H,) is W offset.
    """
    n_hidden, n_in = weight.shape
    packed[:] = 0
    back[:] = 0
    for h in range(n_hidden):
        scale = exact[h, 0]
        block = h // OUTPUTS * OUTPUTS * (n_in + 1) + h % OUTPUTS
        packed[block] = exact[h, 1] + scale * mean[h]
        for i in range(n_in):
            packed[block + OUTPUTS * (i + 1)] = scale * v[h, i]
            at = i // OUTPUTS * OUTPUTS * (n_hidden + 1) + i % OUTPUTS
            back[at + OUTPUTS * (h + 1)] = scale * weight[h, i]


@kernel
def expansion_gradients(
    dweight: Array,
    dgain: Array,
    dshift: Array,
    dtaps: Array,
    slope: Array,
    d: Array,
    t: Array,
    products: Array,
    tallies: Array,
    u: Array,
    v: Array,
    exact: Array,
    mean: Array,
    gain: Array,
    offset: Array,
    n_times: int,
    frozen: bool,
) -> None:
    """Fill dweight (H, C), the normalisation's dgain and dshift (H,), dtaps (H, 3), and slope, d, t.

    products (B, H, C) and tallies (B, H, 4) are those of the unit; d (H, C) and t (H,) their sums.
    """
    n_windows, n_hidden, n_in = products.shape
    count = n_windows * n_times
    d[:] = 0
    t[:] = 0
    for n in range(n_windows):
        for h in range(n_hidden):
            for i in range(n_in):
                d[h, i] += products[n, h, i]
    for h in range(n_hidden):
        d0, d1, d2 = 0.0, 0.0, 0.0
        for n in range(n_windows):
            t[h] += tallies[n, h, 0]
            d0 += tallies[n, h, 1]
            d1 += tallies[n, h, 2]
            d2 += tallies[n, h, 3]
        dtaps[h, 0] = d0
        dtaps[h, 1] = d1
        dtaps[h, 2] = d2
        product = (mean[h] - exact[h, 2]) * t[h]
        for i in range(n_in):
            product += d[h, i] * v[h, i]
        product *= exact[h, 3]
        dgain[h] = product
        dshift[h] = t[h]
        scale = exact[h, 0]
        slope[h] = 0.0 if frozen else scale * exact[h, 3] * product / count
        for i in range(n_in):
            dweight[h, i] = (scale * d[h, i] - count * slope[h] * u[h, i]) * gain[i]
            if frozen:
                dweight[h, i] += scale * t[h] * offset[i]


@kernel
def expansion_rest(
    written: Array,
    rest: Array,
    matrix: Array,
    constant: Array,
    slope: Array,
    d: Array,
    t: Array,
    v: Array,
    weight: Array,
    covariance: Array,
    exact: Array,
    mean_of_z: Array,
    inverse_of_z: Array,
    count: int,
) -> None:
    """Fill what is missing in dx, matrix (C, C) z + constant (C,), and the sums written, rest (C, 2).

    They are those of what the unit has written and of what is missing: of the gradient, and of its product
    with x_hat = (z - mean_of_z) inverse_of_z.
    """
    n_hidden, n_in = weight.shape
    matrix[:] = 0
    written[:] = 0
    for h in range(n_hidden):
        for i in range(n_in):
            scaled = exact[h, 0] * weight[h, i]
            written[i, 0] += scaled * t[h]
            written[i, 1] += scaled * d[h, i]
            for j in range(n_in):
                matrix[i, j] -= weight[h, i] * slope[h] * v[h, j]
    for i in range(n_in):
        rest[i, 0] = -written[i, 0]
        rest[i, 1] = 0
        constant[i] = -written[i, 0] / count
        for j in range(n_in):
            rest[i, 1] += count * matrix[i, j] * covariance[j, i]
            matrix[i, j] *= inverse_of_z[j]
            constant[i] -= matrix[i, j] * mean_of_z[j]
