"""Archives that lie about themselves, and honest ones."""

import io
import os
import struct
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lppn_np import archive_guard
from lppn_np.archive_guard import open_archive, read_head
from lppn_np.errors import CheckpointError, WeightsError

CONTENT = {"a": b"stored as it is", "folder/b": b"deflated " * 500}


def zipped(members, change=None):
    """Zip members; ``change(archive)`` may falsify the directory before it is written."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number, (name, data) in enumerate(members.items()):
            archive.writestr(name, data, zipfile.ZIP_DEFLATED if number % 2 else zipfile.ZIP_STORED)
        if change:
            change(archive)
    return buffer.getvalue()


def claim(name="folder/b", **fields):
    def change(archive):
        for field, value in fields.items():
            setattr(archive.getinfo(name), field, value)

    return zipped(CONTENT, change)


@pytest.fixture
def refused(tmp_path):
    """``refused(data, text)`` reads all of an archive and expects a WeightsError with that text."""

    def check(data, text):
        path = tmp_path / "file.zip"
        path.write_bytes(data)
        with pytest.raises(WeightsError, match=text) as caught, open_archive(path, WeightsError) as archive:
            for name in archive.names:
                archive.read(name)
        assert str(path) in str(caught.value)

    return check


def test_honest_archive(tmp_path):
    path = tmp_path / "file.zip"
    path.write_bytes(zipped(CONTENT))
    with open_archive(str(path), CheckpointError) as archive:
        assert archive.names == list(CONTENT)
        assert {name: archive.read(name) for name in archive.names} == CONTENT
        with pytest.raises(CheckpointError, match="no member 'c'"):
            archive.read("c")
        with pytest.raises(CheckpointError, match="4,500 bytes; at most 4,499"):
            archive.read("folder/b", limit=4499)
    with pytest.raises(CheckpointError, match="closed"):
        archive.read("a")


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_numpy_archives(tmp_path, save):
    # Zeros compress nearly as far as deflate can: the check of the ratio must let them through.
    save(tmp_path / "weights.npz", a=np.zeros(10**6), b=np.arange(3), c=np.zeros((0, 3)))
    with open_archive(tmp_path / "weights.npz", WeightsError) as archive:
        arrays = {name: np.load(io.BytesIO(archive.read(name))) for name in archive.names}
    assert {name: array.shape for name, array in arrays.items()} == {
        "a.npy": (10**6,),
        "b.npy": (3,),
        "c.npy": (0, 3),
    }


def test_an_error_in_the_block_stays_what_it_is(tmp_path):
    path = tmp_path / "file.zip"
    path.write_bytes(zipped(CONTENT))
    with pytest.raises(KeyError), open_archive(path, WeightsError):
        raise KeyError("mine")


def test_not_a_file(tmp_path):
    for path, text in [
        (tmp_path / "missing", "no such file"),
        (tmp_path, "a directory; expected a file"),
        ("with\0null", "cannot be opened"),
        (tmp_path / "missing" / "deeper", "no such file"),
        ("x" * 5000, "cannot be opened"),
    ]:
        with pytest.raises(WeightsError, match=text), open_archive(path, WeightsError):
            pass
        with pytest.raises(WeightsError, match=text):
            read_head(path, WeightsError, 10)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(WeightsError, match="not a regular file"):
        read_head(tmp_path / "pipe", WeightsError, 10)


def test_read_head(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"0123456789")
    assert read_head(path, WeightsError, 4) == b"0123"
    assert read_head(path, WeightsError, 40) == b"0123456789"


@pytest.mark.parametrize(
    "data",
    [b"", b"P", b"PK\3\4", b"hello" * 99, zipped(CONTENT)[:-1], zipped(CONTENT)[:70]],
    # Named, since the zipped bytes hold the time of day: workers of pytest-xdist must agree on the tests.
    ids=["empty", "letter", "magic", "text", "last byte cut", "cut"],
)
def test_not_a_zip(refused, data):
    refused(data, "not a zip archive, or a damaged one")


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"file_size": 100 * 10**9}, "claims 100,000,000,000 bytes"),  # in a zip64 extra field
        ({"file_size": 2**63}, "claims 9,223,372,036,854,775,808 bytes"),
        ({"file_size": 2**31 - 1}, "claims 2,147,483,647 bytes"),
        ({"file_size": 10**8}, "more than .* can unpack to"),
        ({"file_size": 4501}, "is cut short: 4,500 bytes of 4,501"),
        ({"file_size": 4499}, "damaged .*CRC"),
        ({"file_size": 0}, "damaged .*CRC"),
        ({"compress_size": 10**6}, "reaches beyond"),
        ({"compress_size": 1}, "claims 4,500 bytes, more than 1 can unpack to"),
        ({"compress_size": 20}, "damaged"),
        ({"header_offset": 10**9}, "reaches beyond"),
        ({"header_offset": 3}, "damaged"),
        ({"flag_bits": 0x1}, "is encrypted"),
        ({"flag_bits": 0x40}, "is encrypted"),
        ({"flag_bits": 0x20}, "damaged .*patched"),
        ({"compress_type": zipfile.ZIP_BZIP2}, "compression method 12"),
        ({"compress_type": zipfile.ZIP_LZMA}, "compression method 14"),
        ({"compress_type": 99}, "compression method 99"),
        ({"compress_type": zipfile.ZIP_STORED}, "stored as it is"),
        ({"CRC": 1}, "damaged .*CRC"),
        ({"filename": "a"}, "'a' is there twice"),
        ({"filename": "other"}, "damaged .*differ"),
        ({"extract_version": 99}, "zip file version 9.9"),
    ],
)
def test_false_directory(refused, fields, text):
    refused(claim(**fields), text)


def test_claim_of_four_gigabytes_without_zip64(refused):
    data = bytearray(zipped(CONTENT))
    entry = data.index(b"PK\1\2")
    struct.pack_into("<II", data, entry + 20, 0xFFFFFFF0, 0xFFFFFFF0)
    refused(bytes(data), "claims 4,294,967,280 bytes")


def test_stored_member_with_two_sizes(refused):
    refused(claim("a", file_size=14), "stored as it is, but claims 15 bytes for 14")


def test_members_that_claim_too_much_together(refused):
    # Each of them has the room for what it claims; together they are above the limit.
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3):
            archive.writestr(str(number), os.urandom(600_000))
            archive.getinfo(str(number)).file_size = 500 * 2**20
    refused(buffer.getvalue(), "claim 1,572,864,000 bytes together")


def test_members_that_overlap(refused):
    def change(archive):
        first = archive.infolist()[0]
        for number in range(20):
            twin = zipfile.ZipInfo(f"twin{number}")
            for field in ("header_offset", "compress_size", "file_size", "CRC", "compress_type"):
                setattr(twin, field, getattr(first, field))
            archive.filelist.append(twin)

    refused(zipped({"a": bytes(10_000)}, change), "so they overlap")


def test_too_many_members(refused):
    refused(zipped(dict.fromkeys(map(str, range(10_001)), b"")), "10,001 members")


def test_large_directory_is_not_read(refused):
    # The limit of 4 MiB holds before zipfile makes an object for each member.
    names = (f"{number:0400d}" for number in range(10_000))
    refused(zipped(dict.fromkeys(names, b"")), "a directory of 4,460,000 bytes")


@given(position=st.integers(0, 10_000), value=st.integers(1, 255))
def test_one_wrong_byte(tmp_path_factory, position, value):
    data = bytearray(zipped(CONTENT))
    data[position % len(data)] ^= value
    path = tmp_path_factory.getbasetemp() / "flipped.zip"
    path.write_bytes(data)
    try:
        with open_archive(path, WeightsError) as archive:
            contents = [archive.read(name) for name in archive.names]
    except WeightsError:
        return
    # The byte was in a date or a name, or hid a member behind a comment: what is read is still right.
    assert set(contents) <= set(CONTENT.values())


def test_names_are_cut_in_messages():
    assert archive_guard.shorten("x" * 200) == repr("x" * 100 + "...")
    assert archive_guard.shorten("\n") == r"'\n'"
