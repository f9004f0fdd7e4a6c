"""The fused program against the textbook, and what it must not depend on."""

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from lppn_np import LPPN, LPPNConfig
from lppn_np.inference import Runner, compile_program
from lppn_np.inference.blocks import plan_conv_block
from lppn_np.inference.builder import Builder
from lppn_np.inference.tiling import TILE
from lppn_np.kernels import reference
from lppn_np.kernels.fused import run_program
from lppn_np.kernels.fused_table import CLEAR, FIELDS, MIX
from lppn_np.kernels.packing import OUTPUTS
from lppn_np.kernels.vectors import VECTORS
from lppn_np.network import ConvBlock
from lppn_np.network.ops import BatchNorm

#: Largest difference over the largest value (measured: 2.0e-6).
BOUND = 2e-5
PAPER = [("paper", stride, features) for stride in (8, 16, 32, 64, 128) for features in (1, 3, 4, 8, 16)]
NETWORKS = [*PAPER, ("deep", 8, 4), ("deep", 16, 8), ("tiny", 8, 4), ("medium", 8, 8), ("large", 8, 16)]
networks = pytest.mark.parametrize(("variant", "stride", "features"), NETWORKS)


def assert_close(got, expected):
    for ours, textbook in zip(got, expected, strict=True):
        assert ours.shape == textbook.shape
        assert ours.dtype == textbook.dtype == np.float32
        assert abs(ours - textbook).max() <= BOUND * abs(textbook).max()


@networks
@pytest.mark.parametrize("length", [1, 2, 3])
def test_short_windows(lively_model, windows, variant, stride, features, length):
    model = lively_model(variant, stride, features)
    x = windows(model, 2, length)
    assert_close(model.forward(x), model.forward(x, "numpy"))


@networks
def test_the_window_of_the_paper(lively_model, variant, stride, features):
    model = lively_model(variant, stride, features)
    x = np.random.default_rng(5).standard_normal((2, 3, 3072)).astype(np.float32)
    assert_close(model.forward(x), model.forward(x, "numpy"))


@pytest.mark.parametrize(
    ("variant", "stride", "features"), [("paper", 8, 3), ("paper", 16, 4), ("medium", 8, 8)]
)
def test_every_length_around_the_edges_of_tiles(lively_model, windows, variant, stride, features):
    """One less, equal, one more; one tile may be half as long again (``tiles``)."""
    model = lively_model(variant, stride, features)
    base = {1: TILE[1], 2: 2 * TILE[2]}
    near = {n + d for n in (*base.values(), *(3 * b // 2 for b in base.values()), 400) for d in (-64, 0, 64)}
    for n_samples in sorted(n - n % (8 * stride) for n in near if n >= 8 * stride):
        x = windows(model, 1, n_samples // (8 * stride))
        assert_close(model.forward(x), model.forward(x, "numpy"))


@networks
def test_nothing_is_read_that_was_not_written(lively_model, windows, variant, stride, features):
    """An arena full of NaN gives the same bits as one of zeros."""
    model = lively_model(variant, stride, features)
    x = windows(model, 2, 5)
    program = compile_program(model.network, model.tensors, x.shape[2])
    results = []
    for fill in (0.0, np.nan, 1e30):
        arena = np.full_like(program.new_arena(), fill)
        logits = np.empty((2, program.n_classes, program.n_segments), np.float32)
        offsets = np.empty((2, program.n_segments), np.float32)
        program.run(x, logits, offsets, arena)
        results.append((logits, offsets))
    for got in results[1:]:
        np.testing.assert_array_equal(got[0], results[0][0])
        np.testing.assert_array_equal(got[1], results[0][1])


def test_a_nan_stays_in_its_window(lively_model, windows):
    model = lively_model("paper", 16, 4)
    x = windows(model, 3, 5)
    expected = model.forward(x)
    x[1, 0, 100] = np.nan
    logits, offsets = model.forward(x)
    assert np.isnan(logits[1]).any()
    for n in (0, 2):
        np.testing.assert_array_equal(logits[n], expected[0][n])
        np.testing.assert_array_equal(offsets[n], expected[1][n])


@pytest.mark.parametrize("kernel", [1, 3, 5])
@pytest.mark.parametrize("channels", [(3, 5), (8, 21)])
def test_a_convolution_behind_linear_upsampling(kernel, channels):
    """Of fewer taps than the paper's, too, and of output channels that fill no group."""
    rng = np.random.default_rng(kernel)
    block = ConvBlock(*channels, 1, kernel=kernel, bias=True, upsample="linear")
    weight, bias = rng.standard_normal((channels[1], channels[0], kernel)), rng.standard_normal(channels[1])
    norm = {"weight": np.ones, "bias": np.zeros, "running_mean": np.zeros, "running_var": np.ones}
    tensors = {f"b.norm.{name}": make(channels[1]) for name, make in norm.items()}
    tensors |= {"b.norm.running_var": np.full(channels[1], 1 - BatchNorm.eps)}
    tensors |= {"b.conv.weight": weight, "b.conv.bias": bias}
    for n in (1, 2, 37):
        builder = Builder(VECTORS.width, VECTORS.width * VECTORS.abreast)
        x = builder.arena.take(channels[0], n)
        y = plan_conv_block(builder, tensors, "b", block, x)
        steps, places, weights = builder.tables()
        arena = np.full(builder.arena.size + 4 * builder.wide, np.nan, np.float32)
        signal = rng.standard_normal((1, channels[0], n))
        for c, row in enumerate(signal[0]):
            arena[x.at + x.channel(c) :][:n] = row
        run_steps(steps, places, weights, arena)
        got = [arena[y.at + y.channel(c) :][: 2 * n] for c in range(channels[1])]
        up = reference.upsample_linear(signal)
        expected = np.maximum(reference.dense_conv(up, weight, bias, 1), 0)[0]
        np.testing.assert_allclose(got, expected, rtol=0, atol=1e-5 * abs(expected).max())


@pytest.mark.parametrize("block", [ConvBlock(2, 2, 1, kernel=7, bias=True, upsample="linear")])
def test_what_cannot_be_planned_is_said(block):
    builder = Builder(VECTORS.width, VECTORS.width * VECTORS.abreast)
    tensors = {"b.conv.weight": np.ones((2, 2, block.kernel)), "b.conv.bias": np.ones(2)}
    tensors |= {f"b.norm.{name}": np.ones(2) for name in ("weight", "bias", "running_mean", "running_var")}
    with pytest.raises(ValueError, match="7 taps"):
        plan_conv_block(builder, tensors, "b", block, builder.arena.take(2, 8))


def run_steps(steps, places, weights, arena):
    """Lines of a table on an arena, without a window that goes in or heads that come out."""
    nothing, no_offsets = np.empty((1, 0, 0), np.float32), np.empty((1, 0), np.float32)
    entry = np.zeros(5, np.int64)
    run_program(nothing, no_offsets, nothing, steps, places, weights, arena, entry, 1.0, False)


@pytest.mark.parametrize("n_threads", range(1, 9))
@pytest.mark.parametrize(
    ("variant", "stride", "features"), [("paper", 16, 8), ("tiny", 8, 4), ("large", 8, 16)]
)
def test_threads_and_batches_do_not_change_a_bit(lively_model, windows, variant, stride, features, n_threads):
    model = lively_model(variant, stride, features)
    x = windows(model, 11, 3)
    logits, offsets = model.forward(x, n_threads=n_threads)
    for n in range(len(x)):
        alone = model.forward(x[n : n + 1])
        np.testing.assert_array_equal(alone[0], logits[n : n + 1])
        np.testing.assert_array_equal(alone[1], offsets[n : n + 1])


def test_several_callers_at_once(lively_model, windows):
    """And each with a window length of its own, more of them than programs are kept."""
    model = lively_model("paper", 16, 4)
    batches = [windows(model, 2, length) for length in range(1, 13)]
    expected = [model.forward(x, "layers") for x in batches]
    with ThreadPoolExecutor(6) as pool:
        for got, wanted in zip(pool.map(model.forward, batches * 5), expected * 5, strict=True):
            assert_close(got, wanted)


def test_runner_takes_the_tensors_as_they_are(lively_model, windows):
    model = lively_model("paper", 16, 4)
    runner = Runner(model.network, model.tensors)
    x = windows(model, 2, 3)
    np.testing.assert_array_equal(runner(x)[0], model.forward(x)[0])


def test_a_model_that_has_run_can_be_pickled(lively_model, windows):
    model = lively_model("paper", 16, 4)
    x = windows(model, 2, 3)
    expected = model.forward(x)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).forward(x)[0], expected[0])


def test_float64_is_computed_in_float64(lively_model, windows):
    model = lively_model("paper", 16, 4)
    x = windows(model, 2, 3, np.float64)
    np.testing.assert_array_equal(model.forward(x)[0], model.forward(x, "layers")[0])


@networks
def test_steps_stay_inside_the_arena(variant, stride, features):
    """What a table of steps writes lies within the arena, whole vectors and wide tiles included."""
    model = LPPN(LPPNConfig(variant=variant, stride=stride, features=features))
    program = compile_program(model.network, model.tensors, 3072)
    assert program.steps.shape[1] == FIELDS
    assert program.steps.dtype == program.places.dtype == program.entry.dtype == np.int64
    for step in program.steps:
        if step[0] == MIX:
            x, places, n_terms, w, n_out, y, y_row, n_columns = step[1:9]
            starts = x + program.places[places : places + n_terms]
            assert starts.min() >= 0
            assert starts.max() + n_columns <= program.arena_size
            assert y >= 0
            assert y + (n_out - 1) * y_row + n_columns <= program.arena_size
            assert w + -(-n_out // OUTPUTS) * OUTPUTS * (n_terms + 1) <= len(program.weights)
        elif step[0] == CLEAR:
            assert step[1] >= 0
            assert step[1] + (step[3] - 1) * step[2] + step[4] <= program.arena_size


def test_tiny_amounts_of_memory():
    """A thread's arena of the default network fits the L2 cache of a laptop."""
    model = LPPN(LPPNConfig(stride=16, features=8))
    assert compile_program(model.network, model.tensors, 3072).new_arena().nbytes < 2**19
