"""Models as ONNX files, for Netron, ONNX Runtime and whatever else reads them (extra ``onnx``)."""

from lppn_np.onnx_export.checking import Comparison, compare_with_runtime
from lppn_np.onnx_export.document import onnx_model

__all__ = ["Comparison", "compare_with_runtime", "onnx_model"]
