"""What ``loss_and_gradients`` and the training pass behind it promise besides the right numbers."""

import numpy as np
import pytest

from lppn_np import LPPN, LPPNConfig
from lppn_np.engines import ENGINES
from lppn_np.engines.threads import Team
from lppn_np.errors import ConfigError, InputError
from lppn_np.gradients.compiled import TrainingPass
from lppn_np.gradients.labels import check_labels

KINDS = [("paper", 16, 2), ("medium", 8, 8), ("large", 8, 16)]
STRIDE = 16


def make_batch(model, seed=0, n_windows=5, n_segments=8, dtype=np.float64):
    rng, stride = np.random.default_rng(seed), model.config.stride
    x = rng.standard_normal((n_windows, 3, n_segments * stride)).astype(dtype)
    classes = rng.integers(-1, model.config.n_classes, (n_windows, n_segments))
    return x, classes, stride * rng.random((n_windows, n_segments))


@pytest.fixture(scope="module")
def model():
    return LPPN(LPPNConfig(stride=STRIDE, features=2), seed=3)


@pytest.fixture(scope="module", params=KINDS, ids=lambda kind: kind[0])
def each_model(request):
    variant, stride, features = request.param
    return LPPN(LPPNConfig(variant=variant, stride=stride, features=features), seed=3)


def assert_equal(found, expected):
    assert found[0] == expected[0]
    assert found[1].keys() == expected[1].keys()
    for name, gradient in expected[1].items():
        np.testing.assert_array_equal(found[1][name], gradient, name)


@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize(("n_windows", "n_segments"), [(1, 16), (3, 8), (2, 24)])
def test_the_result_does_not_depend_on_the_engine(each_model, n_windows, n_segments, frozen):
    """Down to a few values in the deepest layers, over which they normalise."""
    batch = make_batch(each_model, 1, n_windows, n_segments)
    (loss, found), (expected_loss, expected) = (
        each_model.loss_and_gradients(*batch, engine=engine, frozen_norm=frozen)
        for engine in ("numba", "numpy")
    )
    assert loss == pytest.approx(expected_loss, rel=1e-11)
    largest = max(abs(gradient).max() for gradient in expected.values())
    for name, gradient in expected.items():
        np.testing.assert_allclose(found[name], gradient, rtol=0, atol=1e-9 * largest, err_msg=name)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_result_does_not_depend_on_the_threads(each_model, dtype):
    batch = make_batch(each_model, dtype=dtype)
    expected = each_model.loss_and_gradients(*batch, n_threads=1)
    for n_threads in (2, 3, 7):  # the last: more threads than windows
        assert_equal(each_model.loss_and_gradients(*batch, n_threads=n_threads), expected)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_batch_without_labels_has_no_loss(each_model, engine):
    x, classes, offsets = make_batch(each_model)
    loss, gradients = each_model.loss_and_gradients(x, np.full_like(classes, -1), offsets, engine=engine)
    assert loss == 0
    for name, gradient in gradients.items():
        np.testing.assert_array_equal(gradient, 0, name)


@pytest.mark.parametrize("engine", ENGINES)
def test_segments_without_labels_and_their_offsets_do_not_count(model, engine):
    x, classes, offsets = make_batch(model)
    expected = model.loss_and_gradients(x, classes, offsets, engine=engine)
    unread = np.where(classes > 0, offsets, np.nan)
    assert_equal(model.loss_and_gradients(x, classes, unread, engine=engine), expected)


@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_that_is_passed_in_or_kept_changes(model, engine):
    batch = make_batch(model)
    before = [array.copy() for array in batch]
    tensors = {name: tensor.copy() for name, tensor in model.tensors.items()}
    expected = model.loss_and_gradients(*batch, engine=engine)
    for array, copy in zip(batch, before, strict=True):
        np.testing.assert_array_equal(array, copy)
    for gradient in model.loss_and_gradients(*batch, engine=engine)[1].values():
        gradient[:] = np.nan  # the caller's own
    for name, tensor in tensors.items():
        np.testing.assert_array_equal(model.tensors[name], tensor, name)
    assert_equal(model.loss_and_gradients(*batch, engine=engine), expected)


@pytest.mark.parametrize("engine", ENGINES)
def test_any_memory_order_will_do(model, engine):
    x, classes, offsets = make_batch(model)
    expected = model.loss_and_gradients(x, classes, offsets, engine=engine)
    read_only = x.copy()
    read_only.flags.writeable = False
    every_other = np.repeat(x, 2, axis=0)[::2]
    for same in (read_only, every_other, np.asfortranarray(x)):
        found = model.loss_and_gradients(same, classes.astype(np.int8), offsets.tolist(), engine=engine)
        assert_equal(found, expected)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"classes": np.zeros((5, 7), int)}, "classes has shape"),
        ({"classes": np.zeros(8, int)}, "classes has shape"),
        ({"classes": np.full((5, 8), 3)}, "classes holds 3 to 3"),
        ({"classes": np.full((5, 8), -2)}, "classes holds -2 to -2"),
        ({"classes": np.zeros((5, 8))}, "whole numbers"),
        ({"classes": [[1], [1, 2]]}, "classes: an array"),
        ({"offsets": np.zeros((8, 5))}, "offsets has shape"),
        ({"offsets": np.full((5, 8), np.nan)}, "NaN or infinity"),
        ({"offsets": np.full((5, 8), np.inf)}, "NaN or infinity"),
        ({"offsets": np.full((5, 8), "early")}, "offsets: an array"),
        ({"class_weights": [1, 1]}, "class_weights is"),
        ({"class_weights": [1, 1, -1]}, "class_weights is"),
        ({"class_weights": [1, np.nan, 1]}, "class_weights is"),
        ({"class_weights": "all"}, "class_weights: an array"),
        ({"x": np.zeros((5, 2, 128))}, "x has shape"),
        ({"x": np.zeros((5, 3, 128), int)}, "x is int64"),
        ({"engine": "torch"}, "engine is 'torch'"),
    ],
)
def test_what_cannot_be_is_refused(model, engine, changed, complaint):
    x, classes, offsets = make_batch(model)
    classes[0, 0] = 1
    given = {"x": x, "classes": classes, "offsets": offsets, "engine": engine} | changed
    with pytest.raises(InputError, match=complaint):
        model.loss_and_gradients(**given)


@pytest.mark.parametrize("n_threads", [-1, 1.5, True])
def test_a_number_of_threads_that_cannot_be_is_refused(model, n_threads):
    with pytest.raises(InputError, match="n_threads is"):
        model.loss_and_gradients(*make_batch(model), n_threads=n_threads)


def test_a_window_that_does_not_divide_is_refused(model):
    with pytest.raises(ConfigError, match="120"):
        model.loss_and_gradients(np.zeros((1, 3, 120)), np.zeros((1, 7), int), np.zeros((1, 7)))


def test_a_pass_used_again_leaves_nothing_behind(each_model):
    """Batches with NaN and with frozen statistics in between; earlier results stay as they were."""
    config, tensors = each_model.config, each_model.tensors
    shape = (5, 8)

    def run(training, seed, frozen=False, bad=False):
        x, classes, offsets = make_batch(each_model, seed, dtype=np.float32)
        if bad:
            x[:] = np.nan
        labels = check_labels(classes, offsets, None, shape, config.n_classes)
        return training.run(tensors, x, labels, frozen=frozen)

    def flat(result):
        statistics = {f"{k}.{i}": v[i] for k, v in result.statistics.items() for i in (0, 1)}
        outputs = {"logits": result.logits, "offsets": result.offsets}
        return result.loss, {**result.gradients, **statistics, **outputs}

    with Team(2) as team:

        def start():
            return TrainingPass(each_model.network, 5, 8 * config.stride, np.float32, team)

        used = start()
        first = run(used, 1)
        kept = flat(first)[0], {name: array.copy() for name, array in flat(first)[1].items()}
        assert np.isnan(run(used, 2, bad=True).loss)
        run(used, 3, frozen=True)
        assert_equal(flat(run(used, 4)), flat(run(start(), 4)))
        assert_equal(flat(first), kept)
        assert_equal(flat(run(used, 1)), kept)
