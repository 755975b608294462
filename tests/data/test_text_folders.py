"""Folders of texts: which files are texts, of which class and part, and what is left out."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from descent.data.dataset import load_dataset
from descent.data.errors import DataError
from descent.data.prepare import main
from descent.data.readers.text_folders import read_text_folders
from descent.data.sources import content_of, own_files
from descent.data.word_counts import count_words


@pytest.fixture
def folders(tmp_path):
    for name, texts in {"spam": ["buy now", "win"], "ham": ["hello", "see you"]}.items():
        (tmp_path / name).mkdir()
        for i, text in enumerate(texts):
            (tmp_path / name / f"{i}.txt").write_text(text, encoding="utf-8")
    return tmp_path


def test_folders_are_read_as_load_files_reads_them(folders):
    from sklearn.datasets import load_files

    (folders / "spam" / ".DS_Store").write_bytes(b"\0\xff")
    (folders / ".git").mkdir()
    (folders / "README.md").write_text("not a class")
    (folders / "ham" / "0.txt").write_bytes("d\u00e9j\u00e0 vu, cafe\u0301".encode())
    corpus = read_text_folders(folders)
    assert corpus.texts[0] == "d\u00e9j\u00e0 vu, caf\u00e9"  # composed
    (folders / "spam" / ".DS_Store").unlink()
    for name in ("0.txt", "1.txt"):
        (folders / "ham" / name).write_text(corpus.texts[int(name[0])], encoding="latin-1")
    theirs = load_files(folders, categories=["ham", "spam"], encoding="latin-1", shuffle=False)
    pairs = zip(corpus.texts, corpus.labels.tolist(), strict=True)
    assert sorted(pairs) == sorted(zip(theirs.data, theirs.target.tolist(), strict=True))
    assert list(corpus.class_names) == theirs.target_names
    assert read_text_folders(folders, encoding="latin-1").texts == corpus.texts


def test_the_name_of_a_text_need_not_be_text_and_that_of_a_class_must(folders):
    name = os.fsdecode(b"caf\xe9.txt")
    (folders / "ham" / name).write_text("a film")
    before = read_text_folders(folders)
    assert "a film" in before.texts
    settings = {"use": "text_folders", "folder": str(folders)}
    content = content_of(settings, Path())
    (folders / "ham" / name).rename(folders / "ham" / "other.txt")
    assert read_text_folders(folders).sha256 != before.sha256
    assert content_of(settings, Path()) != content
    (folders / "ham").rename(folders / os.fsdecode(b"\xff"))
    with pytest.raises(DataError, match=r"expected the name of a class in UTF-8, found .*udcff"):
        read_text_folders(folders)


def write(folder, name, texts):
    """Write texts into a folder below a folder, ten times over."""
    (folder / name).mkdir(parents=True)
    for i in range(10):
        for j, text in enumerate(texts):
            (folder / name / f"{i}_{j}.txt").write_text(text)


@pytest.fixture
def reviews(tmp_path):
    """A folder in the layout of the Large Movie Review Dataset."""
    folder = tmp_path / "aclImdb"
    write(folder, "train/pos", ["A good film. Really.", "Good!"])
    write(folder, "train/neg", ["A bad film. Really.", "Bad!"])
    write(folder, "train/unsup", ["Nobody knows. Nobody."])
    write(folder, "test/pos", ["Good, too. Unseen."])
    write(folder, "test/neg", ["Bad, too. Unseen."])
    (folder / "README").write_text("about the data")
    (folder / "imdb.vocab").write_text("the")
    (folder / "train" / "urls_pos.txt").write_text("an address")
    return folder


def test_folders_of_folders_are_an_official_split(reviews):
    corpus = read_text_folders(reviews)
    assert list(corpus.class_names) == ["neg", "pos"]
    for fold in (0, 7, 9):
        dataset = count_words(corpus, fold)
        parts = {part: dataset[f"{part}_reviews"] for part in ("train", "validation", "test")}
        assert {corpus.texts[i] for i in parts["test"]} == {
            "Good, too. Unseen.",
            "Bad, too. Unseen.",
        }
        assert [len(rows) for rows in parts.values()] == [36, 4, 20]
        assert sorted(np.concatenate(list(parts.values()))) == list(range(60))
        assert "unseen" not in dataset["vocabulary"]
        for i, text in enumerate(corpus.texts):
            assert ("ood" in text) == (dataset["labels"][i] == 1)
    folds = [count_words(corpus, fold)["validation_reviews"].tolist() for fold in range(10)]
    assert sorted(i for rows in folds for i in rows) == list(range(40))


def test_texts_without_a_label_are_left_out_and_said_to_be(reviews):
    corpus = read_text_folders(reviews)
    assert "Nobody knows. Nobody." not in corpus.texts
    assert "left out train/unsup (10 files): texts without a label" in corpus.notes
    assert "official split into train, test" in corpus.notes
    flat = read_text_folders(reviews / "train")
    assert list(flat.class_names) == ["neg", "pos"]
    assert flat.notes == ["left out unsup (10 files): texts without a label"]
    assert flat.official == {}


@pytest.mark.parametrize("name", ["validation", "val", "dev", "VALID"])
def test_an_official_validation_part_is_kept(name, reviews):
    write(reviews, f"{name}/pos", ["Good"])
    write(reviews, f"{name}/neg", ["Bad"])
    corpus = read_text_folders(reviews)
    folds = [count_words(corpus, fold) for fold in (0, 5)]
    assert folds[0].fingerprint == folds[1].fingerprint
    texts = {corpus.texts[i] for i in folds[0]["validation_reviews"]}
    assert texts == {"Good", "Bad"}
    assert len(folds[0]["train_reviews"]) == 40


def test_a_class_without_test_texts_is_remarked_upon_and_one_without_others_is_refused(reviews):
    write(reviews, "train/mixed", ["So so."])
    corpus = read_text_folders(reviews)
    assert corpus.remarks == ["the official test part has no texts of the class mixed"]
    write(reviews, "test/odd", ["Odd."])
    with pytest.raises(DataError, match="aclImdb: test has the class 'odd', which train lacks"):
        read_text_folders(reviews)


def test_classes_may_be_called_train_and_test(tmp_path):
    write(tmp_path, "train", ["choo choo"])
    write(tmp_path, "test", ["one two"])
    corpus = read_text_folders(tmp_path)
    assert list(corpus.class_names) == ["test", "train"]
    assert corpus.official == {}


def test_the_files_of_the_digest_are_the_texts(reviews):
    settings_ = {"use": "text_folders", "folder": str(reviews)}
    files = own_files(settings_, Path())
    assert len(files) == 60
    before = content_of(settings_, Path())
    (reviews / "train" / "pos" / "Thumbs.db").write_bytes(b"\0")
    (reviews / "train" / "unsup" / "0_0.txt").write_text("changed")
    assert content_of(settings_, Path()) == before
    (reviews / "test" / "pos" / "0_0.txt").write_text("changed")
    assert content_of(settings_, Path()) != before


OTHERS = ("Thumbs.db", ".gitkeep", "all.zip", "paper.pdf", "desktop.ini")


def test_other_files_are_counted_and_named(folders):
    plain = read_text_folders(folders)
    for name in OTHERS:
        (folders / "spam" / name).write_bytes(b"\0\xff")
    (folders / "ham" / "__MACOSX").mkdir()
    corpus = read_text_folders(folders)
    assert corpus.texts == plain.texts
    assert corpus.sha256 == plain.sha256
    (note,) = corpus.notes
    assert note == (
        "left out 5 other files (Thumbs.db, __MACOSX, all.zip, desktop.ini, paper.pdf) in class "
        "folders: texts match *.txt"
    )


def test_a_pattern_chooses_the_texts(folders):
    (folders / "spam" / "mail.EML").write_text("chosen")
    (folders / "ham" / "mail.eml").write_text("chosen, too")
    assert read_text_folders(folders, pattern="*.eml").texts == ["chosen, too", "chosen"]
    with pytest.raises(DataError, match=r"texts of the class 'ham' that match \*.md, found none"):
        read_text_folders(folders, pattern="*.md")


def test_markup_is_taken_out_unless_it_is_kept(folders):
    (folders / "ham" / "0.txt").write_text("One.<br /><br />Two &amp; a <b>half</b>")
    corpus = read_text_folders(folders)
    assert corpus.texts[0] == "One.\n\nTwo & a half"
    assert corpus.notes == ["took markup out of 1 of 4 texts"]
    kept = read_text_folders(folders, markup="keep")
    assert kept.texts[0] == "One.<br /><br />Two &amp; a <b>half</b>"
    assert kept.sha256 == corpus.sha256


def test_a_line_break_in_markup_makes_no_line_of_a_text_on_one_line(tmp_path):
    for name in ("neg", "pos"):
        write(tmp_path, name, [f"One {name}. Two.<br /><br />Three. Four"])
    dataset = count_words(read_text_folders(tmp_path), 0)
    assert np.diff(dataset["review_offsets"]).tolist() == [4] * 20
    by_line = count_words(read_text_folders(tmp_path), 0, sentences="lines")
    assert np.diff(by_line["review_offsets"]).tolist() == [2] * 20


def test_what_was_left_out_is_in_the_log_and_in_the_manifest(reviews, tmp_path, capsys):
    (reviews / "test" / "pos" / "paper.pdf").write_bytes(b"%PDF\0")
    words = json.dumps({"use": "text_folders", "folder": str(reviews), "stop_words": None})
    assert main(["--settings", words, "--downloads", "none", "--output", str(tmp_path / "o")]) == 0
    said = capsys.readouterr().out
    notes = load_dataset(tmp_path / "o").about["notes"]
    assert [f"note: {note}" for note in notes] == [
        line for line in said.splitlines() if line.startswith("note: ")
    ]
    assert "left out 1 other file (paper.pdf) in class folders: texts match *.txt" in notes
    assert "sentences: punctuation" in notes


#: Names of files and folders in a random tree; a name with a slash at its end is a folder.
NAMES = st.sampled_from(
    ["a.txt", "b.TXT", "c", "Thumbs.db", ".hidden", "x.pdf", "unsup/", "pos/", "neg/", "__MACOSX/"]
)
PARTS = st.sampled_from(["train/", "test/", "val/", "pos/", "neg/", "unsup/", "a.txt", ".git/"])


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    paths=st.lists(
        st.tuples(PARTS, NAMES, NAMES).map("".join), min_size=1, max_size=25, unique=True
    ),
    content=st.sampled_from([b"a word. And more", b"<br />word", b"", b"\0", b"\xff"]),
    pattern=st.sampled_from([None, "*.txt", "*"]),
)
def test_no_tree_makes_the_reader_fail_otherwise(paths, content, pattern, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tree")
    for path in paths:
        place = folder.joinpath(*(p for p in path.split("/") if p))
        if not any(parent.is_file() for parent in place.parents) and not place.is_dir():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
    files = own_files({"use": "text_folders", "folder": str(folder), "pattern": pattern}, Path())
    try:
        corpus = read_text_folders(folder, pattern=pattern)
    except DataError as error:
        message = str(error)
    else:
        message = str(folder)
        assert len(corpus.texts) == len(files)
        assert Counter(corpus.labels.tolist()).keys() == set(range(len(corpus.class_names)))
        assert all(len(rows) == len(files) for rows in corpus.official.values())
    assert "\n" not in message
    assert str(folder) in message
