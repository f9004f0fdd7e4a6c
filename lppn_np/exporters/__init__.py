"""Pick files: one small file a format, one registry."""

from lppn_np.exporters.registry import FORMATS, check_format, encode, made_by, write
from lppn_np.exporters.times import time_text

__all__ = ["FORMATS", "check_format", "encode", "made_by", "time_text", "write"]
