"""``lppn-np summary``: forms, depth, files."""

import json

import pytest

import lppn_np
from lppn_np.network.claims import claims_page


def test_json(run):
    done = run("summary", "--stride", "64", "--features", "4", "--format", "json")
    assert (done.status, done.err) == (0, "")
    expected = lppn_np.LPPN(lppn_np.LPPNConfig(stride=64, features=4)).summary()
    assert json.loads(done.out) == json.loads(expected.to_json())


def test_markdown_of_every_layer_to_a_file(run, tmp_path):
    done = run("summary", "default", "--depth", "layers", "--format", "markdown", "-o", "table.md")
    assert (done.status, done.out, done.err, done.files) == (0, "", "", ["table.md"])
    model = lppn_np.LPPN.from_pretrained()
    text = (tmp_path / "cwd" / "table.md").read_text(encoding="utf-8")
    assert text == model.summary(depth="layers").to_markdown() + "\n"


def test_claims(run):
    done = run("summary", "--claims")
    assert (done.status, done.out, done.err) == (0, claims_page(), "")


@pytest.mark.parametrize("path", ["missing/table.txt", "."])
def test_a_file_that_cannot_be_written(run, path):
    done = run("summary", "-o", path)
    assert (done.status, done.out, done.files) == (1, "", [])
    assert "cannot be written" in done.err
