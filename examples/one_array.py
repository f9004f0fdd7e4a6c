"""Pick an array: three components, 100 Hz, any unit; NaN where there is no data. Needs NumPy and Numba only.

The record is made up, so that the arrivals are known.
"""

import numpy as np

import lppn_np
from lppn_np.data.synthetic import synthetic_record


def main() -> None:
    """Pick, print, select, write as text."""
    record = synthetic_record(np.random.default_rng(7), 6000, distance_km=25.0, snr_db=20.0)
    array = record.data  # (3, 6000) float32: E, N, Z
    array[:, 5000:5200] = np.nan  # a gap

    picks = lppn_np.pick(array, sampling_rate=100.0)
    print(
        f"seconds after the first sample (true: P {record.p_sample / 100:.2f}, S {record.s_sample / 100:.2f})"
    )
    for pick in picks:
        print(f"  {pick.phase} {pick.peak_time:.2f}  probability {pick.peak_value:.2f}")

    dated = lppn_np.pick(array, starttime="2024-05-01T12:00:00", trace_id="XX.ABC.")
    print("with the time of the first sample and a name:")
    print(dated.select(phase="P", min_confidence=0.5))


if __name__ == "__main__":
    main()
