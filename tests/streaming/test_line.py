"""The buffer against the textbook: a dictionary of samples."""

import numpy as np
import pytest

from lppn_np.streaming.line import Line


class Textbook:
    """Sample by sample: absent, one value, or two values and so none."""

    def __init__(self):
        self.samples = [{}, {}, {}]

    def write(self, rows, first, values):
        repeated = disputed = 0
        for row, line in zip(range(rows.start, rows.stop), values, strict=True):
            for at, value in enumerate(line.tolist(), first):
                held, twice = self.samples[row].get(at, (None, False))
                same = held is not None and (held == value or (np.isnan(held) and np.isnan(value)))
                repeated += same
                if held is None or (np.isnan(held) and not twice):
                    self.samples[row][at] = (value, twice)
                elif not same and not np.isnan(value) and not twice:
                    disputed += 1
                    self.samples[row][at] = (np.nan, True)
        return repeated, disputed

    def front(self, row, start):
        while start in self.samples[row]:
            start += 1
        return start


@pytest.mark.parametrize("seed", range(20))
def test_pieces_in_any_order(seed):
    rng = np.random.default_rng(seed)
    line, textbook, settled, top = Line(beyond=50), Textbook(), 0, 0
    for _ in range(150):
        row = int(rng.integers(3))
        rows = slice(0, 3) if rng.random() < 0.5 else slice(row, row + 1)
        first = max(settled, top + int(rng.integers(-60, 12) if rng.random() < 0.7 else 0))
        shape = (rows.stop - rows.start, int(rng.integers(1, 40)))
        values = rng.integers(0, 3, shape).astype(np.float32)  # three values: many samples come twice
        values[rng.random(shape) < 0.1] = np.nan
        assert line.write(rows, first, values) == textbook.write(rows, first, values)
        top = max(top, first + shape[1])
        assert line.top == top
        fronts = [line.front(row, settled) for row in range(3)]
        assert fronts == [textbook.front(row, settled) for row in range(3)]
        settled = max(settled, top - int(rng.integers(30, 120)), min(fronts))
        if rng.random() < 0.2:
            line.forget(settled - 5)
    held = np.array(line.samples(top).at(np.arange(line.base, top)))
    expected = [[own.get(at, (np.nan,))[0] for at in range(line.base, top)] for own in textbook.samples]
    np.testing.assert_array_equal(held, np.array(expected, np.float32))


def test_a_line_that_comes_back():
    """Where each row ended is not written down: it is found again."""
    line = Line()
    line.write(slice(0, 3), 0, np.ones((3, 10), np.float32))
    line.write(slice(1, 2), 10, np.ones((1, 10), np.float32))
    line.write(slice(1, 2), 25, np.ones((1, 5), np.float32))
    other = Line()
    other.load(0, *line.dump().values())
    for each in (line, other):
        assert [each.front(row, 4) for row in range(3)] == [10, 20, 10]
        assert each.write(slice(1, 2), 18, np.ones((1, 8), np.float32)) == (3, 0)
        assert each.write(slice(0, 3), 10, np.ones((3, 15), np.float32)) == (15, 0)
        assert [each.front(row, 10) for row in range(3)] == [25, 30, 25]
        assert each.top == 30
