"""The model: what it is (``stored``), what it computes (``windows``), what it makes of Streams (``lppn``)."""

from lppn_np.model.lppn import LPPN as LPPN
