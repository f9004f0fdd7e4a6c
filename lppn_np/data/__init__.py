"""Labelled records for training and evaluation: STEAD's layouts and SeisBench's."""

from lppn_np.data.dataset import Dataset
from lppn_np.data.entries import Entry, TraceRecord, UnusableRecord
from lppn_np.data.opening import join, open_dataset
from lppn_np.data.relabelling import without_labels

__all__ = ["Dataset", "Entry", "TraceRecord", "UnusableRecord", "join", "open_dataset", "without_labels"]
