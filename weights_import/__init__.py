"""Weights from PyTorch, without PyTorch: from a checkpoint file to named NumPy arrays."""
