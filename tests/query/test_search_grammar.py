"""The language of `q=`: what it means, what it refuses, and that no engine ever sees an error in it."""

import sqlite3
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.model.tokenizer import normalize, words
from app.query.fulltext.grammar import MAX_WORDS, Term, parse


@pytest.mark.parametrize(
    ("q", "wanted", "excluded"),
    [
        ("joint training", [Term(("joint",)), Term(("training",))], []),
        ('"joint training" -drone', [Term(("joint", "training"))], [Term(("drone",), excluded=True)]),
        ('a -"b c" -d*', [Term(("a",))], [Term(("b", "c"), excluded=True), Term(("d",), prefix=True, excluded=True)]),
        ("Côte d'Ivoire", [Term(("cote",)), Term(("d", "ivoire"))], []),
        ("Cote\u0302", [Term(("cote",))], []),
        ("ISAF's 'police'", [Term(("isaf",)), Term(("police",))], []),
        ("joint-training", [Term(("joint", "training"))], []),
        ("a -joint-training", [Term(("a",))], [Term(("joint", "training"), excluded=True)]),
        ("joint - training--", [Term(("joint",)), Term(("training",))], []),
        ("train* tr*ing *x", [Term(("train",), prefix=True), Term(("tr",), prefix=True), Term(("ing",)), Term(("x",))], []),
        ('"joint train*"', [Term(("joint", "train"))], []),
        ("\u201cjoint training\u201d", [Term(("joint", "training"))], []),
        ("S/RES/1386 (2001)", [Term(("s",)), Term(("res",)), Term(("1386",)), Term(("2001",))], []),
        ("a AND b OR NEAR(c) name:d", [Term((word,)) for word in ("a", "and", "b", "or", "near", "c", "name", "d")], []),
        ("a_b\tc\nd\x07e🕊f", [Term((word,)) for word in "abcdef"], []),
        ('"" x', [Term(("x",))], []),
        ("( -x) y", [Term(("y",))], [Term(("x",), excluded=True)]),
    ],
)
def test_a_question_is_read_so(q: str, wanted: list[Term], excluded: list[Term]) -> None:
    question = parse(q)
    assert list(question.wanted) == wanted
    assert list(question.excluded) == excluded


@pytest.mark.parametrize(
    ("q", "why"),
    [
        ("", "no word"),
        (" ", "no word"),
        ('-- "" * () 🕊 \u0301', "no word"),
        ("-drone", "leave out"),
        ('-drone -"a b" -c*', "leave out"),
        ('"joint training', "not closed"),
        ('a"', "not closed"),
        ("a\x00b", "NUL"),
        ("a\ufffd", "UTF-8"),
        ("x " * (MAX_WORDS + 1), "more than 50"),
        ('"' + "x " * (MAX_WORDS + 1) + '"', "more than 50"),
    ],
)
def test_what_asks_nothing_is_refused_with_the_reason(q: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse(q)


def test_a_question_is_spelt_for_each_engine_in_quotes() -> None:
    question = parse('"joint trainings" sec* -drones -"no one"')
    assert question.fts5 == '("joint train" AND "=sec" *) NOT ("drone" OR "no one")'
    assert question.tsquery == "('joint' <-> 'train') & ('=sec':*) & !(('drone')) & !(('no' <-> 'one'))"
    assert parse("щит").fts5 == '"_000449_000438_000442"'


def test_words_keep_their_places_in_the_text_as_it_was_written() -> None:
    text = "The E\u0301tat-major\u2019s 2 mußten\u2026"
    assert [text[word.start : word.end] for word in words(text)] == ["The", "E\u0301tat", "major\u2019s", "2", "mußten"]
    assert normalize(text) == ["the", "etat", "major", "2", "mussten"]


@pytest.fixture(scope="module")
def index() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE t USING fts5(a, content='', tokenize=\"ascii tokenchars '=_'\")")
    connection.execute("INSERT INTO t (rowid, a) VALUES (1, 'joint train =joint =training')")
    yield connection
    connection.close()


@given(q=st.text(st.one_of(st.characters(), st.sampled_from("\"*-+^:(){}=_ '")), max_size=60))
def test_whatever_is_asked_is_either_refused_or_no_error_of_the_engine(index: sqlite3.Connection, q: str) -> None:
    try:
        question = parse(q)
    except ValueError:
        return
    index.execute("SELECT rowid FROM t WHERE t MATCH ?", (question.fts5,)).fetchall()
    assert question.tsquery.isascii()
