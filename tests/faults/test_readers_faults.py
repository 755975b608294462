"""What can be wrong with a data file, brought about by writing such files."""

from __future__ import annotations

import gzip
import io
import json
import struct
import tarfile
import tracemalloc
import warnings
import zipfile

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from descent.data.dataset import load_dataset
from descent.data.errors import DataError
from descent.data.prepare import main
from descent.data.readers import reviews as reviews_module
from descent.data.readers.csv import prepare_csv
from descent.data.readers.idx import prepare_idx, read_idx, read_labelled_images, read_labels
from descent.data.readers.npz import prepare_npz
from descent.data.readers.parquet import prepare_parquet
from descent.data.readers.reviews import read_review_polarity
from descent.data.readers.text_folders import read_text_folders

LARGE = 200_000_000  # what a bomb promises or unpacks to
MODEST = 40_000_000  # what refusing it may cost


@pytest.fixture
def path(tmp_path):
    return tmp_path / "file.gz"


@pytest.fixture
def modest_memory():
    """Fail a test that allocates as much as a faulty file asks for."""
    tracemalloc.start()
    yield
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < MODEST


def labels_idx(*labels, count=None):
    return struct.pack(">II", 0x801, len(labels) if count is None else count) + bytes(labels)


IMAGES = struct.pack(">IIII", 0x803, 2, 2, 3) + bytes(range(12))


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "expected the magic number 00000803 .*, found an empty file"),
        (b"\0\0", "found 0000$"),
        (labels_idx(1, 2, 3), "00000803 .unsigned bytes, 3 dimensions.*, found 00000801"),
        (b"\0\0\x0d\x03" + IMAGES[4:], "expected the magic number 00000803 .*, found 00000d03"),
        (IMAGES[:4][::-1] + IMAGES[4:], "found 03080000"),
        (b"<!DOCTYPE html>", "expected the magic number 00000803 .*, found 3c21444f"),
        (IMAGES[:9], "expected a header of 16 bytes, found a file of 9"),
        (IMAGES[:-1], "expected 2 x 2 x 3 bytes after the header, found 11"),
        (IMAGES[:16], "expected 2 x 2 x 3 bytes after the header, found 0"),
        (IMAGES + b"\0", "expected 2 x 2 x 3 bytes after the header, found more"),
        (struct.pack(">IIII", 0x803, 0, 28, 28), "at least one value, found the sizes 0 x 28 x 28"),
    ],
)
@pytest.mark.parametrize("pack", [gzip.compress, bytes], ids=["gzipped", "plain"])
def test_a_wrong_idx_file_is_told_what_is_wrong(path, content, found, pack):
    path.write_bytes(pack(content))
    with pytest.raises(DataError, match=rf"file.gz: .*{found}"):
        read_idx(path, 3)


@pytest.mark.parametrize("shape", [(2**32 - 1,) * 3, (60_000, 28, 28)])
def test_a_header_that_promises_too_much_is_not_believed(path, shape, modest_memory):
    path.write_bytes(gzip.compress(struct.pack(">IIII", 0x803, *shape) + bytes(100)))
    with pytest.raises(DataError, match=r"the header promises .* more than a file of .* can hold"):
        read_idx(path, 3)


def test_a_header_that_could_be_true_gets_no_memory_before_the_bytes_come(path, modest_memory):
    content = struct.pack(">IIII", 0x803, LARGE // 100, 10, 10)
    noise = np.random.default_rng(0).bytes(LARGE // 1000)  # makes the compressed file large
    path.write_bytes(gzip.compress(content + noise, compresslevel=0))
    with pytest.raises(DataError, match="after the header, found 200,000"):
        read_idx(path, 3)


@pytest.fixture(scope="module")
def bomb_bytes():
    return gzip.compress(labels_idx(1, 2, 3) + bytes(LARGE), compresslevel=1)


def test_an_idx_file_that_unpacks_without_end_is_left_alone(path, bomb_bytes, modest_memory):
    path.write_bytes(bomb_bytes)
    with pytest.raises(DataError, match="expected 3 bytes after the header, found more"):
        read_idx(path, 1)


def test_a_label_out_of_range_is_named_with_its_place(path):
    path.write_bytes(gzip.compress(labels_idx(0, 9, 10, 3)))
    with pytest.raises(DataError, match="labels from 0 to 9, found 10 at position 2"):
        read_labels(path, classes=10)
    assert read_labels(path, classes=11).tolist() == [0, 9, 10, 3]


def test_images_without_a_label_each_are_refused(path, tmp_path):
    path.write_bytes(gzip.compress(IMAGES))
    (tmp_path / "labels.gz").write_bytes(gzip.compress(labels_idx(1, 2, 3)))
    with pytest.raises(DataError, match=r"labels.gz: expected a label for each of the 2 images"):
        read_labelled_images(path, tmp_path / "labels.gz")


READERS = (
    lambda p: read_idx(p, 3),
    read_review_polarity,
    prepare_npz,
    lambda p: prepare_csv(p, "kind"),
    lambda p: prepare_parquet(p, "kind"),
)


@pytest.mark.parametrize("read", READERS)
def test_a_file_that_is_not_there_is_named(path, read):
    with pytest.raises(DataError, match=r"file.gz does not exist"):
        read(path)


@pytest.mark.parametrize("read", READERS)
def test_a_folder_in_the_place_of_a_file_is_named(path, read):
    path.mkdir()
    with pytest.raises(DataError, match=r"file.gz cannot be read.*: Is a directory"):
        read(path)


@pytest.mark.parametrize("read", [lambda p: read_idx(p, 3), read_review_polarity])
def test_a_gzip_file_that_is_cut_short_is_told_apart_from_a_damaged_one(path, read):
    noise = np.random.default_rng(0).bytes(5000)
    content = struct.pack(">IIII", 0x803, 50, 10, 10) + noise
    whole = gzip.compress(content)
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match="expected a whole gzip file, found one that is cut short"):
        read(path)
    path.write_bytes(whole[:-8] + bytes(8))  # the checksum at the end
    with pytest.raises(DataError, match="expected a sound gzip file, found damage: CRC check"):
        read(path)


def member(name, content=b"text", kind=tarfile.REGTYPE, target=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    info.size = len(content) if kind == tarfile.REGTYPE else 0
    return info, io.BytesIO(content)


GOOD = (member("txt_sentoken/neg/cv000_1.txt"), member("txt_sentoken/pos/cv000_1.txt"))


def tar_bytes(*members):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for info, stream in members:
            stream.seek(0)
            tar.addfile(info, stream)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("bad", "found"),
    [
        (member("../evil.txt"), "climbs out: '../evil.txt'"),
        (member("txt_sentoken/neg/../../../evil.txt"), "climbs out"),
        (member("/etc/evil"), "climbs out: '/etc/evil'"),
        (member("..\\evil.txt"), "climbs out"),
        (member("..", kind=tarfile.DIRTYPE), "climbs out"),
        (member("link", kind=tarfile.SYMTYPE, target="/etc/passwd"), "found a link.*'link'"),
        (member("link", kind=tarfile.SYMTYPE, target=GOOD[0][0].name), "found a link"),
        (member("hard", kind=tarfile.LNKTYPE, target=GOOD[0][0].name), "found a link"),
        (member("device", kind=tarfile.CHRTYPE), "a device"),
        (member("pipe", kind=tarfile.FIFOTYPE), "a device"),
        (member("txt_sentoken/neg/cv000_1.txt"), "each name once, found .*cv000_1.txt twice"),
        (member("txt_sentoken/neg/cv001_1.txt", b"\x89PNG\r\n"), "utf-8 text, found the byte 0x89"),
        (member("txt_sentoken/neg/cv001_1.txt", b"a\0b"), "found a NUL byte at position 1"),
    ],
)
def test_an_unsafe_archive_is_refused_and_nothing_is_unpacked(path, bad, found, monkeypatch):
    path.write_bytes(gzip.compress(tar_bytes(*GOOD, bad)))
    monkeypatch.chdir(path.parent)
    with pytest.raises(DataError, match=rf"file.gz: .*{found}"):
        read_review_polarity(path)
    assert list(path.parent.iterdir()) == [path]


def test_the_good_part_of_those_archives_is_good(path):
    path.write_bytes(gzip.compress(tar_bytes(*GOOD, member("folder", kind=tarfile.DIRTYPE))))
    assert list(read_review_polarity(path).texts) == ["text", "text"]


@pytest.mark.parametrize("left", [0, 1])
def test_an_empty_class_is_refused(path, left):
    path.write_bytes(gzip.compress(tar_bytes(GOOD[left])))
    empty = ("pos", "neg")[left]
    with pytest.raises(DataError, match=rf"txt_sentoken/{empty}, found that class empty"):
        read_review_polarity(path)


def test_an_archive_that_is_no_tar_is_refused(path):
    path.write_bytes(gzip.compress(b"not a tar archive" * 100))
    with pytest.raises(DataError, match="expected a sound tar archive, found damage"):
        read_review_polarity(path)


def test_an_archive_that_is_cut_inside_a_review_is_refused(path):
    long = member("txt_sentoken/pos/cv001_1.txt", b"word " * 1000)
    path.write_bytes(gzip.compress(tar_bytes(*GOOD, long)[:5000]))
    with pytest.raises(DataError, match=r"cut short|found damage"):
        read_review_polarity(path)


def test_an_archive_that_unpacks_without_end_is_left_alone(path, monkeypatch, modest_memory):
    monkeypatch.setattr(reviews_module, "LARGEST_ARCHIVE", 1 << 20)
    content = tar_bytes(*GOOD) + bytes(LARGE)
    tracemalloc.reset_peak()
    path.write_bytes(gzip.compress(content, compresslevel=1))
    del content
    tracemalloc.reset_peak()
    with pytest.raises(DataError, match="found one that unpacks to more than 1 MB"):
        read_review_polarity(path)


@pytest.fixture
def folders(tmp_path):
    for name in ("ham", "spam"):
        (tmp_path / "texts" / name).mkdir(parents=True)
        (tmp_path / "texts" / name / "1.txt").write_text("word")
    return tmp_path / "texts"


def test_an_empty_class_folder_is_named(folders):
    (folders / "spam" / "1.txt").unlink()
    with pytest.raises(DataError, match="spam: expected text files, found an empty class folder"):
        read_text_folders(folders)


def test_a_file_that_is_not_text_is_named_with_the_place(folders):
    (folders / "spam" / "2.txt").write_bytes(b"caf\xe9")
    with pytest.raises(DataError, match=r"2.txt: expected utf-8 text, found the byte 0xe9 at pos"):
        read_text_folders(folders)
    (folders / "spam" / "2.txt").write_bytes(bytes(range(256)))
    with pytest.raises(DataError, match=r"2.txt: expected text, found a NUL byte at position 0"):
        read_text_folders(folders, encoding="latin-1")


def test_a_folder_of_anything_else_is_refused(folders, tmp_path):
    (folders / "spam" / "more").mkdir()
    with pytest.raises(DataError, match="more: expected a text file, found something else"):
        read_text_folders(folders)
    with pytest.raises(DataError, match="expected a folder for each of two classes or more: none"):
        read_text_folders(folders / "ham")
    with pytest.raises(DataError, match="none: expected a folder with one folder a class"):
        read_text_folders(tmp_path / "none")


def test_pickled_objects_are_never_loaded(tmp_path):
    class Trap:
        def __reduce__(self):
            return (open, (str(tmp_path / "sprung"), "w"))

    trap = np.array([Trap()] * 20, dtype=object)
    for name, arrays in {"a": {"X": trap, "y": trap}, "b": {"X": np.eye(20), "y": trap}}.items():
        np.savez(tmp_path / f"{name}.npz", **arrays, allow_pickle=True)
        with pytest.raises(DataError, match=f"{name}.npz: .* found pickled objects"):
            prepare_npz(tmp_path / f"{name}.npz")
    (tmp_path / "c.npz").write_bytes(b"\x80\x04cos\nsystem\n.")
    with pytest.raises(DataError, match=r"c.npz: .* found pickled objects"):
        prepare_npz(tmp_path / "c.npz")
    assert not (tmp_path / "sprung").exists()


def test_a_file_that_is_no_npz_archive_is_refused(tmp_path):
    file = tmp_path / "mine.npz"
    np.savez(file, X=np.eye(20), y=np.arange(20) % 2)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match=r"mine.npz: expected an .npz archive, found damage"):
        prepare_npz(file)
    file.write_bytes(b"")
    with pytest.raises(DataError, match=r"mine.npz: expected an .npz archive, found damage"):
        prepare_npz(file)
    with file.open("wb") as stream:
        np.save(stream, np.eye(3))
    with pytest.raises(DataError, match="found a single array"):
        prepare_npz(file)
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("X.txt", "1 2 3")
    with pytest.raises(
        DataError, match=r"called X and y, .* as x_train and y_train, .*; found X.txt"
    ):
        prepare_npz(file)


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


TAR = tar_bytes(*GOOD, member("txt_sentoken/pos/cv123_4.txt", b"one\ntwo\n"))


def npz_bytes():
    buffer = io.BytesIO()
    np.savez(buffer, X=np.eye(20), y=np.arange(20) % 2)
    return buffer.getvalue()


NPZ = npz_bytes()


def damaged(content):
    """Strategy: content with some bytes overwritten, then cut or lengthened."""
    places = st.lists(st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255)), max_size=8)

    def damage(changes, keep, more):
        changed = bytearray(content)
        for place, byte in changes:
            changed[place] = byte
        return bytes(changed[:keep]) + more

    cuts = st.one_of(st.just(len(content)), st.integers(0, len(content)))
    return st.builds(damage, places, cuts, st.one_of(st.just(b""), st.binary(max_size=40)))


def only_a_data_error(read, file, content):
    file.write_bytes(content)
    message = None
    try:
        read(file)
    except DataError as error:
        message = str(error)
    if message is not None:
        assert "\n" not in message
        assert str(file) in message  # or that of its labels, which begins likewise


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzz") / "file"


@settings(max_examples=300, deadline=None)
@given(content=st.one_of(damaged(IMAGES), damaged(gzip.compress(IMAGES)), st.binary(max_size=60)))
@example(content=b"\x1f\x8b")
def test_no_file_makes_the_idx_reader_fail_otherwise(scratch, content):
    only_a_data_error(lambda file: read_idx(file, 3), scratch, content)


def idx_bytes(kind, array):
    code = {">u1": 8, ">i1": 9, ">i2": 11, ">i4": 12, ">f4": 13, ">f8": 14}[kind]
    header = struct.pack(f">HBB{array.ndim}I", 0, code, array.ndim, *array.shape)
    return header + array.astype(kind).tobytes()


OWN_IMAGES = np.random.default_rng(0).integers(0, 100, (30, 2, 2, 3))
OWN_LABELS = np.arange(30 * 8).reshape(30, 8) // 8 % 2


@settings(max_examples=300, deadline=None)
@given(
    images=st.sampled_from([">u1", ">i2", ">f4", ">f8"]).flatmap(
        lambda kind: damaged(idx_bytes(kind, OWN_IMAGES))
    ),
    labels=st.one_of(
        damaged(idx_bytes(">i4", OWN_LABELS)),
        damaged(idx_bytes(">f4", OWN_LABELS[:, 0])),
        st.just(idx_bytes(">u1", OWN_LABELS[:, 0])),
    ),
)
def test_no_file_makes_the_preparation_of_own_images_fail_otherwise(scratch, images, labels):
    labels_file = scratch.with_name("file-labels")
    labels_file.write_bytes(labels)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        only_a_data_error(lambda file: prepare_idx(file, labels_file), scratch, images)


@settings(max_examples=300, deadline=None)
@given(content=st.one_of(damaged(TAR), damaged(gzip.compress(TAR)), st.binary(max_size=2000)))
def test_no_file_makes_the_archive_reader_fail_otherwise(scratch, content):
    only_a_data_error(read_review_polarity, scratch, content)


@settings(max_examples=200, deadline=None)
@given(header=st.lists(st.tuples(st.integers(0, 511), st.integers(0, 255)), max_size=6))
def test_no_header_makes_the_archive_reader_fail_otherwise(scratch, header):
    content = bytearray(TAR)
    for place, byte in header:
        content[place] = byte
    checked = sum(content[:148]) + 8 * 32 + sum(content[156:512])  # a checksum that fits again
    content[148:156] = b"%06o\0 " % checked
    only_a_data_error(read_review_polarity, scratch, bytes(content))


@settings(max_examples=300, deadline=None)
@given(content=st.one_of(damaged(NPZ), st.binary(max_size=200)))
def test_no_file_makes_the_npz_reader_fail_otherwise(scratch, content):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        only_a_data_error(prepare_npz, scratch, content)


CSV = b"a,b,kind\n" + b"".join(b"%d,%d.5,%s\n" % (i, i * i, b"xy"[i % 2 :][:1]) for i in range(30))


@settings(max_examples=300, deadline=None)
@given(
    content=st.one_of(damaged(CSV), damaged(gzip.compress(CSV)), st.binary(max_size=200)),
    table=st.text('a1,.\n"\r \0é-', max_size=60),
    label=st.sampled_from(["kind", 2, -1, 0]),
    header=st.booleans(),
    encoding=st.sampled_from(["utf-8", "latin-1", "utf-16", "ascii"]),
)
def test_no_file_makes_the_csv_reader_fail_otherwise(
    scratch, content, table, label, header, encoding
):
    for written in (content, table.encode(encoding, errors="ignore")):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            only_a_data_error(
                lambda file: prepare_csv(file, label, header=header, encoding=encoding),
                scratch,
                written,
            )


def parquet_bytes():
    frame = pd.DataFrame({"a": np.arange(30.0), "b": range(30), "kind": ["x", "y"] * 15})
    return frame.astype({"kind": "category"}).to_parquet()


PARQUET = parquet_bytes()


@settings(max_examples=300, deadline=None)
@given(content=st.one_of(damaged(PARQUET), st.binary(max_size=200)))
def test_no_file_makes_the_parquet_reader_fail_otherwise(scratch, content):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        only_a_data_error(lambda file: prepare_parquet(file, "kind"), scratch, content)
