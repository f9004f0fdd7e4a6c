"""The lines of an inference program (:mod:`.fused`), and what their numbers mean.

A program is a table (steps, FIELDS) of int64. Everything that is computed lives in one float array, the
arena; numbers in the table are places in it, lengths, or places in the arrays of weights and of places.

======  ==================  =====================================================================
step    does                fields after the step's number
======  ==================  =====================================================================
MIX     convolution         x, places, n_terms, w, n_out, y, y_row, n_columns, rectify, r, r_row
FILTER  depthwise, ReLU     x, x_row, places, n_taps, w, n_rows, y, y_row, n_columns, odd
SPLIT   phases apart        x, x_row, n_rows, even, odd, y_row, n_columns (of each phase)
JOIN    phases together     even, odd, x_row, n_rows, y, y_row, n_columns (of each phase)
WEAVE   upsampling, ReLU    z, z_row, n_rows, f, g, y, y_row, n_columns (of z)
CLEAR   zeros               y, y_row, n_rows, n_columns
======  ==================  =====================================================================

Row c of a WEAVE's output comes from rows c, c + n_rows, c + 2 n_rows ... of z, one a tap (:mod:`.weaving`).
A FILTER with odd > 0 and three taps puts even columns to y and odd ones to y + odd.

Steps write whole vectors, FILTER two at a time: up to so much, less one, of what stands behind a row is
overwritten.
"""

MIX, FILTER, SPLIT, JOIN, WEAVE, CLEAR = 0, 1, 2, 3, 4, 5
FIELDS = 12
#: Taps of the emitted row filters.
TAPS = (3, 5)
