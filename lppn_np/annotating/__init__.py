"""``annotate`` and ``classify``: a Stream of any number of stations to probabilities and picks."""

from lppn_np.annotating.annotate import annotate_stream
from lppn_np.annotating.classify import classify_stream
from lppn_np.annotating.options import Options
from lppn_np.annotating.output import ClassifyOutput
from lppn_np.annotating.report import StationReport

__all__ = ["ClassifyOutput", "Options", "StationReport", "annotate_stream", "classify_stream"]
