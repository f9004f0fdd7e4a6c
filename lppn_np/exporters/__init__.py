"""Pick files: one small file a format, one registry."""

from lppn_np.exporters.origin import COLUMNS as ORIGIN
from lppn_np.exporters.origin import origin_fields
from lppn_np.exporters.registry import FORMATS, check_format, encode, made_by, write
from lppn_np.exporters.times import time_text

__all__ = ["FORMATS", "ORIGIN", "check_format", "encode", "made_by", "origin_fields", "time_text", "write"]
