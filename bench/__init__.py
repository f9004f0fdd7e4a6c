"""Benchmarks beside the framework versions: checked for equal results first, then timed side by side."""
