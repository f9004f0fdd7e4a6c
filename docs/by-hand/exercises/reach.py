"""Exercise of docs/by-hand/inverted-residual.md: python -m pytest docs/by-hand/exercises/reach.py"""


def reach(kernels, strides):
    """Return the receptive field of a stack of convolutions: the input samples behind one output."""
    raise NotImplementedError("yours to write")


def test_one_layer_sees_its_taps():
    assert reach([3], [1]) == 3
    assert reach([5], [2]) == 5


def test_two_layers():
    assert reach([3, 3], [1, 1]) == 5
    assert reach([3, 3], [2, 1]) == 7


def test_the_features_of_the_paper():
    published = {8: "1121212", 16: "2121212", 32: "2221212", 64: "2222212", 128: "2222222"}
    samples = {8: 31, 16: 59, 32: 111, 64: 191, 128: 255}
    for stride, steps in published.items():
        assert reach([3] * 7, [int(step) for step in steps]) == samples[stride]
