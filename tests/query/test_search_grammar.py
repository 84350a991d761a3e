"""The syntax of `q=`: how it is parsed, what it refuses, and that no input is a syntax error for either engine."""

import sqlite3
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.model.tokenizer import normalize, words
from app.query.fulltext.grammar import MAX_WORDS, Term, parse


@pytest.mark.parametrize(
    ("q", "required", "excluded"),
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
def test_a_query_is_parsed_into_required_and_excluded_terms(q: str, required: list[Term], excluded: list[Term]) -> None:
    question = parse(q)
    assert list(question.required) == required
    assert list(question.excluded) == excluded


@pytest.mark.parametrize(
    ("q", "message"),
    [
        ("", "no word"),
        (" ", "no word"),
        ('-- "" * () 🕊 \u0301', "no word"),
        ("-drone", "only exclusions"),
        ('-drone -"a b" -c*', "only exclusions"),
        ('"joint training', "unclosed"),
        ('a"', "unclosed"),
        ("a\x00b", "NUL"),
        ("a\ufffd", "UTF-8"),
        ("x " * (MAX_WORDS + 1), "more than 50"),
        ('"' + "x " * (MAX_WORDS + 1) + '"', "more than 50"),
    ],
)
def test_an_invalid_query_is_refused_with_the_reason(q: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse(q)


def test_a_query_compiles_to_quoted_tokens_for_each_engine() -> None:
    question = parse('"joint trainings" sec* -drones -"no one"')
    assert question.fts5 == '("joint train" AND "=sec" *) NOT ("drone" OR "no one")'
    assert question.tsquery == "('joint' <-> 'train') & ('=sec':*) & !(('drone')) & !(('no' <-> 'one'))"
    assert parse("щит").fts5 == '"_000449_000438_000442"'


def test_words_keep_their_positions_in_the_original_text() -> None:
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
def test_any_input_is_either_refused_or_valid_for_the_engine(index: sqlite3.Connection, q: str) -> None:
    try:
        question = parse(q)
    except ValueError:
        return
    index.execute("SELECT rowid FROM t WHERE t MATCH ?", (question.fts5,)).fetchall()
    assert question.tsquery.isascii()
