"""The layers of LPPN: a textbook NumPy version (:mod:`.reference`), and one file a layer with its kernel.

Legend, used everywhere below without repeating it:

======  =======================================================================
B       batch: windows
C       channels (Ci into a layer, Co out of it)
T       time: samples or segments of one window (To where the output is shorter)
K       taps of a convolution kernel, odd; the zero padding is (K - 1) / 2
S       stride
======  =======================================================================

Activations are (B, C, T), time contiguous. Weights keep PyTorch's axes without the dummy height:
pointwise (Co, Ci), depthwise (C, K), dense convolution (Co, Ci, K).

A kernel fills the arrays it is given: outputs first, then inputs. It does not allocate, validate,
log or raise; :mod:`lppn_np.engines` does that once, at the door. Importing this package, or
:mod:`.reference`, does not import numba.
"""

#: What is to be made of a stored convolution output when it is read (see :mod:`.batch_norm`).
IDENTITY, NORM, NORM_RELU = 0, 1, 2
