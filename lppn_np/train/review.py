"""The catalogue reviewed by the network itself: arrivals that nobody labelled must not be taught as noise.

A record is labelled for one event, and in a swarm or an aftershock sequence others lie on it too. On 26 % of
the 1,323 training records of the Ridgecrest sequence a network trained on these very labels finds something
far from every label with a probability above 0.5; in a plot of such records nearly all show an onset there.
Taught as "no arrival" they teach the network to miss events. So at the steps ``review_at`` of a run its own
weights pick all training records, and what they find far from every label is unlabelled from then on.
"""

from __future__ import annotations

from lppn_np.data import Dataset
from lppn_np.evaluation.observe import Observation, observe
from lppn_np.model import LPPN
from lppn_np.picking.pipeline import Settings

#: Seconds from a label within which a pick is of the labelled arrival.
_NEAR = 1.0


def review(model: LPPN, dataset: Dataset, threshold: float, n_threads: int) -> dict[int, list[float]]:
    """Find what seems to be an arrival and has no label.

    Parameters
    ----------
    model : LPPN
    dataset : Dataset
    threshold : float
        Least probability of a pick.
    n_threads : int
        The result does not depend on it.

    Returns
    -------
    dict of int to list of float
        By record of the dataset, in its order: samples, ascending. Records without are absent, noise too.
    """
    settings = Settings(threshold, threshold, None, None, None, engine="numba", n_threads=n_threads)
    survey = observe(model, dataset, settings.resolve(model), None, 0)
    near = _NEAR * model.sampling_rate
    found = {o.record: _far(o, near) for o in survey.observations if not o.entry.is_noise}
    return {record: samples for record, samples in found.items() if samples}


def _far(observation: Observation, near: float) -> list[float]:
    labels = [sample for samples in observation.labels.values() for sample in samples]
    picks = [float(sample) for samples, _ in observation.picks.values() for sample in samples]
    return sorted(pick for pick in picks if all(abs(pick - label) > near for label in labels))
