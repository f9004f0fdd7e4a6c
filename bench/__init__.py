"""Side-by-side benchmarks; there are none yet."""
