"""What can be wrong with a data file, brought about by writing such files."""

from __future__ import annotations

import gzip
import io
import json
import struct
import tracemalloc
import warnings
import zipfile

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from descent.data.dataset import load_dataset
from descent.data.errors import DataError
from descent.data.prepare import main
from descent.data.readers.csv import prepare_csv
from descent.data.readers.idx import prepare_idx, read_idx
from descent.data.readers.npz import prepare_npz
from descent.data.readers.parquet import prepare_parquet
from descent.data.readers.text_folders import read_text_folders

LARGE = 200_000_000  # what a bomb promises or unpacks to
MODEST = 40_000_000  # what refusing it may cost


@pytest.fixture
def path(tmp_path):
    return tmp_path / "file.gz"


IMAGES = struct.pack(">IIII", 0x803, 2, 2, 3) + bytes(range(12))


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "expected the magic number .*, found an empty file"),
        (b"\0\0", "found 0000$"),
        (b"\0\0\x0f\x03" + IMAGES[4:], "expected the magic number .*, found 00000f03"),
        (b"<!DOCTYPE html>", "expected the magic number .*, found 3c21444f"),
        (IMAGES[:9], "expected a header of 16 bytes, found a file of 9"),
        (IMAGES[:-1], r"of the shape \(2, 2, 3\) after the header, 12 bytes .*, found 11"),
        (IMAGES + b"\0", "after the header, 12 bytes .*, found more"),
        (struct.pack(">IIII", 0x803, 0, 28, 28), "0 bytes and at least one, found 0"),
    ],
)
@pytest.mark.parametrize("pack", [gzip.compress, bytes], ids=["gzipped", "plain"])
def test_a_wrong_idx_file_is_told_what_is_wrong(path, content, found, pack):
    path.write_bytes(pack(content))
    with pytest.raises(DataError, match=rf"file.gz: .*{found}"):
        read_idx(path)


@pytest.mark.parametrize(
    ("shape", "body", "found"),
    [
        ((2**32 - 1,) * 3, 100, "found 100"),  # a header that promises too much
        ((2, 2, 3), LARGE, "found more"),  # a file that unpacks without end
    ],
)
def test_an_idx_file_takes_no_more_memory_than_it_has_bytes(path, shape, body, found):
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(struct.pack(">IIII", 0x803, *shape) + bytes(body))
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match=f"after the header, .*{found}"):
            read_idx(path)
        assert tracemalloc.get_traced_memory()[1] < MODEST
    finally:
        tracemalloc.stop()


READERS = {
    "idx": read_idx,
    "npz": prepare_npz,
    "csv": lambda path: prepare_csv(path, "kind"),
    "parquet": lambda path: prepare_parquet(path, "kind"),
}


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_a_file_that_cannot_be_read_is_named(path, read):
    with pytest.raises(DataError, match=r"file.gz cannot be read: No such file"):
        read(path)
    path.mkdir()
    with pytest.raises(DataError, match=r"file.gz cannot be read: Is a directory"):
        read(path)


def test_a_gzip_file_that_is_cut_short_or_damaged_is_told_so(path):
    whole = gzip.compress(struct.pack(">IIII", 0x803, 50, 10, 10) + bytes(5000))
    for content, found in ((whole[:20], "ended before"), (whole[:-8] + bytes(8), "CRC check")):
        path.write_bytes(content)
        with pytest.raises(DataError, match=rf"file.gz.* {found}"):
            read_idx(path)


@pytest.fixture
def folders(tmp_path):
    for name in ("ham", "spam"):
        (tmp_path / "texts" / name).mkdir(parents=True)
        (tmp_path / "texts" / name / "1.txt").write_text("word")
    return tmp_path / "texts"


@pytest.mark.parametrize(
    ("name", "content", "options", "message"),
    [
        ("spam/1.txt", None, {}, r"texts: expected texts of the class 'spam' .*, found none"),
        ("spam/2.txt", b"caf\xe9", {}, r"2.txt: expected utf-8 text, found the byte 0xe9 at pos"),
        ("spam/2.txt", b"\0a", {"encoding": "latin-1"}, r"2.txt: .* a NUL byte at position 0"),
        ("spam/more/1.txt", b"word", {}, "more: expected a text file, found a folder"),
        ("spam/2.txt/a", b"word", {}, "2.txt cannot be read: Is a directory"),
        ("x", b"", {"folder": "ham"}, "expected a folder for each of 2 to 256 classes, found 0"),
        ("x", b"", {"folder": "none"}, "none: expected a folder with one folder a class"),
    ],
)
def test_a_folder_of_anything_but_texts_is_refused(folders, name, content, options, message):
    if content is None:
        (folders / name).unlink()
    else:
        (folders / name).parent.mkdir(exist_ok=True)
        (folders / name).write_bytes(content)
    options = {**options, "folder": folders / options.get("folder", "")}
    with pytest.raises(DataError, match=message):
        read_text_folders(**options)


def test_pickled_objects_are_never_loaded(tmp_path):
    class Trap:
        def __reduce__(self):
            return (open, (str(tmp_path / "sprung"), "w"))

    trap = np.array([Trap()] * 20, dtype=object)
    for name, arrays in {"a": {"X": trap, "y": trap}, "b": {"X": np.eye(20), "y": trap}}.items():
        np.savez(tmp_path / f"{name}.npz", **arrays, allow_pickle=True)
        with pytest.raises(DataError, match=f"{name}.npz: .* found a fault: .*pickle"):
            prepare_npz(tmp_path / f"{name}.npz")
    (tmp_path / "c.npz").write_bytes(b"\x80\x04cos\nsystem\n.")
    with pytest.raises(DataError, match=r"c.npz: .* found a fault: .*pickle"):
        prepare_npz(tmp_path / "c.npz")
    assert not (tmp_path / "sprung").exists()


def npz_bytes(**arrays):
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


NPZ = npz_bytes(X=np.eye(20), y=np.arange(20) % 2)


def zip_bytes(name):
    buffer = io.BytesIO(npz_bytes(y=np.arange(20) % 2))
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr(name, "1 2 3")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (NPZ[: len(NPZ) // 2], "expected an .npz archive of numbers and text, found a fault"),
        (b"", "expected an .npz archive of numbers and text, found a fault"),
        (
            zip_bytes("X.txt"),
            "expected arrays .* called X or .*, and y or .* as x_train and .*; found X.txt",
        ),
        (zip_bytes("X"), "expected NumPy arrays, found 'X'"),
    ],
)
def test_a_file_that_is_no_npz_archive_is_refused(path, content, message):
    path.write_bytes(content)
    with pytest.raises(DataError, match=rf"file.gz: {message}"):
        prepare_npz(path)
    with path.open("wb") as stream:
        np.save(stream, np.eye(3))
    with pytest.raises(DataError, match="found a single array"):
        prepare_npz(path)


def test_a_fault_ends_the_command_with_one_line_and_leaves_finished_work(folders, tmp_path, capsys):
    for name in ("ham", "spam"):
        for i in range(10):
            (folders / name / f"{i}.txt").write_text(f"word{i} {name}")
    output = tmp_path / "out"
    settings = json.dumps({"use": "text_folders", "folder": str(folders)})
    arguments = ["--settings", settings, "--downloads", "none", "--output", str(output)]
    assert main(arguments) == 0
    finished = {file: file.read_bytes() for file in output.rglob("*") if file.is_file()}
    (folders / "spam" / "3.txt").write_bytes(b"\xff\xfe")
    assert main(arguments) == 1
    message = capsys.readouterr().err
    assert message.count("\n") == 1
    assert str(folders / "spam" / "3.txt") in message
    assert {file: file.read_bytes() for file in output.rglob("*") if file.is_file()} == finished
    assert load_dataset(output).about["class_names"] == ["ham", "spam"]


def damaged(content):
    """Strategy: content with some bytes overwritten, then cut or lengthened; or any bytes."""
    places = st.lists(st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255)), max_size=8)

    def damage(changes, keep, more):
        changed = bytearray(content)
        for place, byte in changes:
            changed[place] = byte
        return bytes(changed[:keep]) + more

    cuts = st.one_of(st.just(len(content)), st.integers(0, len(content)))
    written = st.builds(damage, places, cuts, st.one_of(st.just(b""), st.binary(max_size=40)))
    return st.one_of(written, st.binary(max_size=200))


FRAME = pd.DataFrame({"a": np.arange(30.0), "b": range(30), "kind": ["x", "y"] * 15})
CSV = FRAME.to_csv(index=False).encode()
CONTENTS = {
    "idx": st.one_of(damaged(IMAGES), damaged(gzip.compress(IMAGES)), st.just(b"\x1f\x8b")),
    "npz": damaged(NPZ),
    "csv": st.one_of(
        damaged(CSV), damaged(gzip.compress(CSV)), st.text('a1,.\n"\r \0é-').map(str.encode)
    ),
    "parquet": damaged(FRAME.astype({"kind": "category"}).to_parquet()),
}


@pytest.mark.parametrize("kind", READERS)
@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_no_file_makes_a_reader_fail_otherwise(kind, data, tmp_path_factory):
    file = tmp_path_factory.getbasetemp() / f"damaged-{kind}"
    file.write_bytes(data.draw(CONTENTS[kind]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            READERS[kind](file)
        except DataError as error:
            message = str(error)
        else:
            message = str(file)
    assert "\n" not in message
    assert str(file) in message


def idx_bytes(kind, array):
    code = {">u1": 8, ">i2": 11, ">i4": 12, ">f4": 13, ">f8": 14}[kind]
    header = struct.pack(f">HBB{array.ndim}I", 0, code, array.ndim, *array.shape)
    return header + array.astype(kind).tobytes()


OWN_IMAGES = np.random.default_rng(0).integers(0, 100, (30, 2, 2, 3))
OWN_LABELS = np.arange(30 * 8).reshape(30, 8) // 8 % 2


@settings(max_examples=300, deadline=None)
@given(data=st.data(), kinds=st.tuples(*[st.sampled_from([">u1", ">i2", ">f4", ">f8"])] * 2))
def test_no_file_makes_the_preparation_of_own_images_fail_otherwise(data, kinds, tmp_path_factory):
    files = [tmp_path_factory.getbasetemp() / f"own-{name}" for name in ("images", "labels")]
    for file, kind, array in zip(files, kinds, (OWN_IMAGES, OWN_LABELS), strict=True):
        whole = idx_bytes(kind, array)
        file.write_bytes(data.draw(st.one_of(st.just(whole), damaged(whole))))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            prepare_idx(*files)
        except DataError as error:
            message = str(error)
        else:
            message = str(files[0])
    assert "\n" not in message
    assert any(str(file) in message for file in files)
