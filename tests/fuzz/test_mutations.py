"""Every reader of foreign bytes, with good inputs that were damaged at random: an LPPNError, or nothing."""

import functools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .targets import TARGETS, check


@functools.cache
def seeds(name):
    return TARGETS[name].seeds()


@st.composite
def mutated(draw, name):
    """A seed with bytes changed, cut out, put in twice; sometimes anything at all."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=300))
    data = bytearray(draw(st.sampled_from(seeds(name))))
    for _ in range(draw(st.integers(1, 8))):
        if not data:
            break
        at = draw(st.integers(0, len(data) - 1))
        size = draw(st.integers(1, 16))
        kind = draw(st.sampled_from(["byte", "cut", "twice", "bytes", "end"]))
        if kind == "byte":
            data[at] = draw(st.integers(0, 255))
        elif kind == "cut":
            del data[at : at + size]
        elif kind == "twice":
            data[at:at] = data[at : at + size]
        elif kind == "bytes":
            data[at : at + size] = draw(st.binary(min_size=size, max_size=size))
        else:
            del data[at:]
    return bytes(data)


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_are_good(name):
    for seed in seeds(name):
        TARGETS[name].run(seed)


@pytest.mark.parametrize("name", TARGETS)
def test_mutations(name):
    @settings(max_examples=80)
    @given(mutated(name))
    def run(data):
        check(TARGETS[name], data)

    run()
