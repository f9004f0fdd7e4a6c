"""A run that was cut off, at whatever moment, goes on to the same bytes as one that was not."""

import signal
import threading

import numpy as np
import pytest

import lppn_np
from lppn_np.data import open_dataset
from lppn_np.train import outputs, stepping, validation
from lppn_np.train.config import TrainConfig
from lppn_np.train.run import Files, train
from lppn_np.train.state import State
from lppn_np.train.stepping import uninterrupted

pytest.importorskip("h5py")
pytest.importorskip("tqdm")

MODEL = lppn_np.LPPNConfig(stride=16, features=1, in_samples=512, overlap=128, blinding=32)
CONFIG = TrainConfig(
    steps=30, batch_size=2, warmup=4, validate_every=10, average=0.9, clip_norm=50.0, freeze=("features.0",)
)
#: (module, function called in the middle of something, after how many calls): where Ctrl-C comes.
MOMENTS = {
    "between weights and statistics of a step": (stepping, "_update_running", 333),
    "in the first step": (stepping, "_update_running", 3),
    "before a step's gradients are applied": (stepping, "clip_gradients", 17),
    "during a validation": (validation, "evaluate", 2),
    "during the last validation": (validation, "evaluate", 3),
}


@pytest.fixture
def run(dataset_folder, tmp_path, monkeypatch):
    """``run("a")`` trains to ``a.npz``, with changed settings and options."""
    monkeypatch.setattr(outputs, "_try_plot", lambda files, title: None)

    def call(name, *, config=CONFIG, model=None, **options):
        model = model or lppn_np.LPPN(MODEL, seed=1)
        train(
            open_dataset(dataset_folder), model, config, tmp_path / f"{name}.npz", progress=False, **options
        )
        return Files(tmp_path / f"{name}.npz")

    return call


@pytest.fixture
def interrupt(monkeypatch):
    """``interrupt(module, name, n)``: Ctrl-C comes during the n-th call of that function."""

    def patch(module, name, n):
        original, calls = getattr(module, name), []

        def interrupted(*arguments, **options):
            calls.append(1)
            if len(calls) == n:
                signal.raise_signal(signal.SIGINT)
            return original(*arguments, **options)

        monkeypatch.setattr(module, name, interrupted)
        return calls

    return patch


def assert_same(files, expected):
    assert files.weights.read_bytes() == expected.weights.read_bytes()
    assert files.metrics.read_bytes() == expected.metrics.read_bytes()


@pytest.fixture(scope="module")
def whole(dataset_folder, tmp_path_factory):
    files = Files(tmp_path_factory.mktemp("whole") / "w.npz")
    train(open_dataset(dataset_folder), lppn_np.LPPN(MODEL, seed=1), CONFIG, files.weights, progress=False)
    return files


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_run_goes_on_after_ctrl_c(run, whole, interrupt, moment):
    module, name, n = MOMENTS[moment]
    calls = interrupt(module, name, n)
    with pytest.raises(KeyboardInterrupt):
        run("cut")
    assert len(calls) >= n
    assert_same(run("cut", resume=True), whole)


def test_a_run_goes_on_again_and_again(run, whole):
    """Stopped by the clock after every step."""
    files = run("cut", stop_after_minutes=0.0)
    for _ in range(4):
        files = run("cut", resume=True, stop_after_minutes=0.0)
    assert f"{5} steps" in lppn_np.LPPN.load(files.weights).weights_docstring
    assert_same(run("cut", resume=True), whole)


def test_a_finished_run_stays_as_it_is(run, whole):
    assert_same(run("cut"), whole)
    assert_same(run("cut", resume=True), whole)


def test_a_run_that_stopped_early_stays_stopped(run):
    """At a rate of 0 the first validation stays the best."""
    config = TrainConfig(steps=30, batch_size=2, learning_rate=0.0, validate_every=3, patience=1)
    files = run("w", config=config)
    before = files.metrics.read_bytes(), files.weights.read_bytes()
    assert b'"step": 6' in before[0]
    assert b'"step": 9' not in before[0]
    run("w", config=config, resume=True)
    assert (files.metrics.read_bytes(), files.weights.read_bytes()) == before


@pytest.mark.parametrize("optimiser", ["adam", "sgd"])
def test_a_state_between_two_checkpoints_takes_its_steps_again(run, optimiser):
    """As after kill -9: the metrics are ahead of the state, the last line of them torn."""
    config = TrainConfig.from_dict({**CONFIG.to_dict(), "optimiser": optimiser, "learning_rate": 1e-4})
    files = run("cut", config=config, stop_after_minutes=0.0)
    state = files.state.read_bytes()
    whole = run("whole", config=config)
    files.metrics.write_bytes(whole.metrics.read_bytes() + b'{"kind": "train", "st')
    files.state.write_bytes(state)
    assert_same(run("cut", config=config, resume=True), whole)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"learning_rate": 0.5}, r"learning_rate: 0\.002, now 0\.5"),
        ({"steps": 31}, "steps: 30, now 31"),
        ({"freeze": []}, r"freeze: \['features\.0'\], now \[\]"),
        ({"augment": {"flip": 0.25}}, "augment: .*0.25"),
    ],
)
def test_other_settings_are_refused_by_name(run, whole, tmp_path, changed, named):
    (tmp_path / "w.state.npz").write_bytes(whole.state.read_bytes())
    config = TrainConfig.from_dict({**CONFIG.to_dict(), **changed})
    with pytest.raises(lppn_np.InputError, match=f"(?s)another training.*{named}"):
        run("w", config=config, resume=True)
    wider = lppn_np.LPPNConfig(stride=16, features=2, in_samples=512, overlap=128, blinding=32)
    with pytest.raises(lppn_np.InputError, match=r"another model \(features: 1, now 2\)"):
        run("w", model=lppn_np.LPPN(wider), resume=True)
    assert [path.name for path in tmp_path.iterdir()] == ["w.state.npz"]


@pytest.mark.parametrize("damage", ["missing", "cut", "foreign", "other"])
def test_a_state_that_cannot_be_read_is_refused(run, whole, tmp_path, damage):
    path = tmp_path / "w.state.npz"
    if damage == "cut":
        path.write_bytes(whole.state.read_bytes()[:-100])
    elif damage == "foreign":
        path.write_bytes(whole.weights.read_bytes())
    elif damage == "other":
        state = State({"a": np.zeros(3)})
        state.history = None
        state.write(path, {})
    with pytest.raises(lppn_np.InputError, match=r"w\.state\.npz"):
        run("w", resume=True)
    assert not Files(tmp_path / "w.npz").metrics.exists()


def test_ctrl_c_waits_for_the_end_of_a_block_and_no_longer():
    reached = []
    with pytest.raises(KeyboardInterrupt), uninterrupted():
        signal.raise_signal(signal.SIGINT)
        reached.append("end")
    assert reached == ["end"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with pytest.raises(ZeroDivisionError), uninterrupted():
        raise ZeroDivisionError
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_handler_of_the_callers_own_is_left_alone():
    """And so is any, in a thread, which may not set one."""
    seen = []
    before = signal.signal(signal.SIGINT, lambda number, frame: seen.append(number))
    try:
        with uninterrupted():
            signal.raise_signal(signal.SIGINT)
            assert seen == [signal.SIGINT]
    finally:
        signal.signal(signal.SIGINT, before)
    done = []

    def work():
        with uninterrupted():
            done.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done == [True]
