"""Loss and gradients of a whole network, twice: by the textbook and by the compiled units.

:mod:`.textbook` reads the flat forward list upwards with the NumPy twins; :mod:`.compiled` does the same
with the Numba units, one pass over memory a convolution.
"""
