"""A training run, from a dataset to a weights file; cut off at any moment, it can go on."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

from lppn_np.data import Dataset, without_labels
from lppn_np.engines.threads import Team
from lppn_np.errors import InputError
from lppn_np.gradients.compiled import TrainingPass
from lppn_np.gradients.labels import Labels, check_labels
from lppn_np.model import LPPN
from lppn_np.train.batches import Batch, Sampler
from lppn_np.train.config import TrainConfig, learning_rate, reviews_due
from lppn_np.train.counting import with_weights_of
from lppn_np.train.deadline import Deadline
from lppn_np.train.feeding import batches
from lppn_np.train.metrics import MetricsFile
from lppn_np.train.outputs import Files, best_check, progress_bar, write_result
from lppn_np.train.review import review
from lppn_np.train.state import State
from lppn_np.train.stepping import make_optimiser, take_step, uninterrupted
from lppn_np.train.validation import Scores, Validator

#: Steps between two lines of the training loss.
_LOG_EVERY = 50


def train(
    dataset: Dataset,
    model: LPPN,
    config: TrainConfig,
    weights: Path,
    *,
    resume: bool = False,
    n_threads: int = 1,
    workers: int = 0,
    checkpoint_minutes: float = 5.0,
    stop_after_minutes: float | None = None,
    minutes: float | None = None,
    progress: bool = True,
) -> LPPN:
    """Train a model on the train split, choose the best weights on the dev split, and write them.

    Parameters
    ----------
    dataset : Dataset
        With a train and a dev split.
    model : LPPN
        Where training starts: fresh, or weights to fine-tune.
    config : TrainConfig
    weights : Path
        Weights file to write; the state, the metrics and the curves stand beside it.
    resume : bool
        Go on from the state file, bit for bit as if never stopped.
    n_threads, workers : int
        Threads of the training pass, processes that make batches. The result depends on neither.
    checkpoint_minutes : float
        Between two writings of the state.
    stop_after_minutes : float, optional
        Save the state and stop after this long; ``resume`` goes on.
    minutes : float, optional
        The whole run from now on takes no longer: ``config.steps`` is the most, fewer are taken where the
        pace asks for it, and the schedule is fitted to them. Such a run depends on the machine's speed.
    progress : bool
        Show a bar.

    Returns
    -------
    LPPN
        The best weights so far, with their thresholds.

    Raises
    ------
    InputError
        The dataset or the files cannot be used.
    KeyboardInterrupt
        After the state was saved.
    """
    return _Run(dataset, model, config, Files(weights), n_threads, progress).go(
        resume, workers, checkpoint_minutes, stop_after_minutes, minutes
    )


class _Run:
    def __init__(
        self, dataset: Dataset, model: LPPN, config: TrainConfig, files: Files, n_threads: int, progress: bool
    ) -> None:
        model = with_weights_of(model, config)
        self._model, self._config, self._files, self._progress = model, config, files, progress
        if files.weights.suffix != ".npz":
            raise InputError(f"{files.weights}: the name of a weights file ends in .npz")
        self._most = config.steps
        self._identity = {"model": model.config.to_dict(), "training": config.to_dict()}
        known = dataset.counts("source")  # a recipe may name sources of another dataset
        unknown = {source: phases for source, phases in config.unknown_phases if source in known}
        dataset = without_labels(dataset, unknown)
        self._train, self._n_threads = _part(dataset, "train"), n_threads
        self._sampler = Sampler(self._train, model.config, config)
        self._validator = Validator(_part(dataset, "dev"), model, config, n_threads)
        self._team = Team(n_threads)
        shape = (config.batch_size, model.in_samples)
        self._training = TrainingPass(model.network, *shape, "float32", self._team)
        self._optimiser = make_optimiser(config)

    def go(
        self,
        resume: bool,
        workers: int,
        checkpoint_minutes: float,
        stop_after: float | None,
        minutes: float | None,
    ) -> LPPN:
        state = self._start(resume)
        metrics = MetricsFile(self._files.metrics, state.step)
        began = saved = time.monotonic()
        deadline = None if minutes is None else Deadline(minutes, state.step)
        feed = self._feed(state, workers)
        bar = progress_bar(state.step, self._config, self._progress)
        try:
            # A run that was cut off while it validated, or after it had stopped early.
            over = self._validate_if_due(state, metrics)
            self._review_if_due(state, metrics)
            for batch in () if over else feed:
                with uninterrupted():
                    self._step(state, batch, metrics, bar)
                if deadline is not None:
                    steps = deadline.steps(state.step, self._most)
                    self._config = dataclasses.replace(self._config, steps=steps)
                if self._validate_if_due(state, metrics):
                    break
                self._review_if_due(state, metrics)
                if time.monotonic() - saved > 60 * checkpoint_minutes:
                    self._save(state)
                    saved = time.monotonic()
                if stop_after is not None and time.monotonic() - began > 60 * stop_after:
                    break
        finally:  # Ctrl-C too: nothing that was learnt is lost
            self._save(state)
            feed.close()
            bar.close()
            self._team.close()
        return write_result(state, self._model, self._config, self._files)

    def _feed(self, state: State, workers: int) -> Generator[Batch]:
        """Batches from the state's step on; after each review they are made anew, without what it doubts."""
        while state.step < self._config.steps:
            self._sampler.doubt({int(record): samples for record, samples in state.doubts.items()})
            reviews = state.reviews
            feed = batches(self._sampler, state.step, self._most, workers)
            try:
                while state.reviews == reviews and state.step < self._config.steps:
                    yield next(feed)
            finally:
                feed.close()

    def _review_if_due(self, state: State, metrics: MetricsFile) -> None:
        due = reviews_due(self._config, state.step)
        if due <= state.reviews or state.step >= self._config.steps:
            return
        model = LPPN(self._model.config, state.average or state.tensors)
        doubts = review(model, self._train, self._config.review_threshold, self._n_threads)
        with uninterrupted():
            state.doubts = {str(record): samples for record, samples in doubts.items()}
            state.reviews = due
            count = sum(map(len, doubts.values()))
            metrics.write(kind="review", step=state.step, records=len(doubts), arrivals=count)

    def _start(self, resume: bool) -> State:
        if resume:
            state = State.read(self._files.state, self._identity)
            self._optimiser.restore(state.optimiser)
            return state
        tensors = {name: tensor.copy() for name, tensor in self._model.tensors.items()}
        average = {name: t.copy() for name, t in tensors.items()} if self._config.average else {}
        return State(tensors, average)

    def _step(self, state: State, batch: Batch, metrics: MetricsFile, bar: Any) -> None:
        labels = self._labels(batch)
        loss = take_step(state, self._optimiser, self._training, self._config, batch.x, labels)
        state.losses.append(loss)
        bar.update()
        for name, reason in batch.skipped.items():
            metrics.write(kind="skipped", step=state.step, record=name, reason=reason)
        if state.step % _LOG_EVERY == 0 or state.step >= self._config.steps:
            loss = sum(state.losses) / len(state.losses)
            rate = learning_rate(self._config, state.step - 1)
            metrics.write(kind="train", step=state.step, loss=loss, learning_rate=rate)
            bar.set_postfix(loss=f"{loss:.3f}", f1=f"{max(state.best_score, 0):.3f}", refresh=False)
            state.losses = []

    def _labels(self, batch: Batch) -> Labels:
        shape, n_classes = batch.classes.shape, self._model.config.n_classes
        labels = check_labels(batch.classes, batch.offsets, self._config.class_weights, shape, n_classes)
        return dataclasses.replace(labels, offset_weight=self._config.offset_weight)

    def _validate_if_due(self, state: State, metrics: MetricsFile) -> bool:
        """Validate once at the steps where it is due; whether to stop early."""
        due = state.step % self._config.validate_every == 0 or state.step >= self._config.steps
        done = state.history[-1]["step"] if state.history else 0
        if due and done < state.step:
            self._validate(state, metrics)
        return 0 < self._config.patience <= state.since_best

    def _validate(self, state: State, metrics: MetricsFile) -> None:
        """Score the weights and remember them if they are the best."""
        tensors = state.average or state.tensors
        scores: Scores = self._validator(LPPN(self._model.config, tensors), self._training)
        line = {"loss": scores.loss, "f1": scores.f1, "thresholds": scores.thresholds, "score": scores.score}
        with uninterrupted():
            metrics.write(kind="validation", step=state.step, **line)
            state.history.append({"step": state.step, **line})
            if best_check(state, self._config) == state.history[-1]:
                state.best = {name: tensor.copy() for name, tensor in tensors.items()}
                state.best_score, state.best_thresholds, state.since_best = scores.score, scores.thresholds, 0
            else:
                state.since_best += 1

    def _save(self, state: State) -> None:
        state.optimiser = self._optimiser.memory()
        state.write(self._files.state, self._identity)


def _part(dataset: Dataset, split: str) -> Dataset:
    part = dataset.select(split=split)
    if not len(part):
        raise InputError(f"{dataset!r} has no record in its {split} split; training needs train and dev")
    return part
