"""Several files, all or none."""

import os
from pathlib import Path

import pytest

from lppn_np.errors import InputError
from lppn_np.files import write_together


def test_all(tmp_path):
    (tmp_path / "b").write_text("old")
    write_together({tmp_path / "a": b"1", tmp_path / "b": b"2"}, InputError)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"1", "b": b"2"}


def test_none_where_one_cannot_be_written(tmp_path):
    (tmp_path / "a").write_text("old")
    with pytest.raises(InputError, match=r"missing/b: cannot be written"):
        write_together({tmp_path / "a": b"1", tmp_path / "missing" / "b": b"2"}, InputError)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"old"}


@pytest.mark.parametrize("error", [OSError(5, "Input/output error"), KeyboardInterrupt()])
def test_none_where_a_rename_fails(error, tmp_path, monkeypatch):
    (tmp_path / "a").write_text("old")
    rename = Path.replace

    def fail(self, target):
        if Path(target).name == "c" and self.suffix == ".part":
            raise error
        return rename(self, target)

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises((InputError, KeyboardInterrupt)):
        write_together({tmp_path / name: b"new" for name in "abc"}, InputError)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"old"}


def test_folders_are_made_only_where_it_was_said(tmp_path):
    write_together({tmp_path / "x" / "y" / "a": b"1"}, InputError, [tmp_path / "x"])
    assert (tmp_path / "x" / "y" / "a").read_bytes() == b"1"
    with pytest.raises(InputError):
        write_together({tmp_path / "z" / "a": b"1"}, InputError, [tmp_path / "x"])


def test_folders_that_were_made_go_again(tmp_path, monkeypatch):
    def fail(handle):
        raise OSError(28, "No space left")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(InputError, match="No space left"):
        write_together({tmp_path / "x" / "y" / "a": b"1"}, InputError, [tmp_path / "x"])
    assert list(tmp_path.iterdir()) == []
