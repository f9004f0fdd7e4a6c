"""What only training needs: windows with labels, made anew from records for every step.

:mod:`lppn_np.train.augment` makes one training window of a record; :mod:`lppn_np.train.labels` says what
the network should answer in each of its segments. Everything random comes from a generator passed in.
"""
