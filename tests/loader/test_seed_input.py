"""Files as editors, spreadsheets and attackers leave them: read as meant, or refused by one mistake that names the file."""

import os
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from app.cli import CATALOGUE as CATALOGUE_OF_COMMANDS
from app.loader import files, yaml_text
from app.loader.current_release import seed_digest
from app.loader.load import checked_rows
from app.loader.rows import Rows
from app.model.error import SeedError
from app.model.record import Record
from app.model.resource import table
from tests.conftest import CATALOGUE

CONCEPT = "[{{slug: peace, name: {name}, definition: No war., cites: [{{source: atlas, locator: p. 1}}]}}]"
MAPPINGS = "concepts: {cites: [{source: atlas, locator: p. 1}]}"
HEADER, ROW = "slug,name,definition,sources", "peace,Peace,No war.,atlas"


def mistakes(folder: Path) -> list[tuple[str, str, str, str]]:
    with pytest.raises(SeedError) as caught:
        checked_rows(folder, CATALOGUE)
    return [(mistake.file, mistake.record, mistake.field, mistake.msg) for mistake in caught.value.mistakes]


def names(rows: Rows) -> list[str]:
    return [row["name"] for _, row in rows.by_table[table(Record)]]


@pytest.fixture
def table_seed(small_seed: Path) -> Path:
    """The small seed with its concept in a table."""
    (small_seed / "small" / "concepts.yaml").unlink()
    (small_seed / "small" / "mappings.yaml").write_text(MAPPINGS)
    (small_seed / "small" / "concepts.csv").write_text(f"{HEADER}\n{ROW}\n")
    return small_seed


# A bound on depth and size


@pytest.mark.parametrize("depth", [40, 500, 200_000])
@pytest.mark.parametrize(("before", "after"), [("[", "]"), ("{a: ", "}"), ("- ", "")])
@pytest.mark.parametrize("name", ["concepts.yaml", "pack.yaml", "mappings.yaml"])
def test_deep_nesting_is_a_mistake_of_the_file(small_seed: Path, name: str, depth: int, before: str, after: str) -> None:
    (small_seed / "small" / name).write_text(before * depth + after * depth)
    ((file, _, _, msg),) = mistakes(small_seed)
    assert (file, msg) == (f"small/{name}", "line 1: is nested more than 32 levels deep")


def test_aliases_count_as_what_they_stand_for(small_seed: Path) -> None:
    bomb = "- &a0 {name: x}\n" + "".join(f"- {{k: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]}}\n" for n in range(1, 12))
    (small_seed / "small" / "concepts.yaml").write_text(bomb)
    ((file, _, _, msg),) = mistakes(small_seed)
    assert (file, "holds more than 1000000 values" in msg) == ("small/concepts.yaml", True)
    chain = "- &a0 {name: x}\n" + "".join(f"- &a{n} {{k: *a{n - 1}}}\n" for n in range(1, 60))
    (small_seed / "small" / "concepts.yaml").write_text(chain)
    assert "is nested more than 32 levels deep" in mistakes(small_seed)[0][3]


def test_an_alias_stands_for_its_value(small_seed: Path) -> None:
    entry = "- {slug: SLUG, name: SLUG, definition: No war., cites: CITES}\n"
    first = entry.replace("SLUG", "peace").replace("CITES", "&atlas [{source: atlas, locator: p. 1}]")
    (small_seed / "small" / "concepts.yaml").write_text(first + entry.replace("SLUG", "war").replace("CITES", "*atlas"))
    assert names(checked_rows(small_seed, CATALOGUE)) == ["peace", "war"]


def test_a_file_of_very_many_values_is_a_mistake(table_seed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_VALUES", 100)
    monkeypatch.setattr(yaml_text, "MAX_VALUES", 100)
    (table_seed / "small" / "concepts.csv").write_text(HEADER + "\n" + (ROW + "\n") * 100)
    (table_seed / "small" / "lessons.yaml").write_text("- a\n" * 101)
    assert [(file, "holds more than 100" in msg) for file, _, _, msg in mistakes(table_seed)] == [
        ("small/concepts.csv", True),
        ("small/lessons.yaml", True),
    ]


def test_a_large_file_is_not_even_read(small_seed: Path) -> None:
    with (small_seed / "small" / "lessons.yaml").open("wb") as file:
        file.truncate(files.MAX_BYTES + 1)
    assert mistakes(small_seed) == [("small/lessons.yaml", "", "", "is larger than 64 MiB")]


@pytest.mark.parametrize(
    ("content", "msg"),
    [
        ('a,b\n1,2\n1,"2', "line 3: opens a quotation mark that is never closed"),
        ('a,b\n1,"2" x\n', "line 2: has text after a closing quotation mark"),
        ("a,b\n1," + "x" * 200_000, "line 2: has a cell of more than 131072 characters"),
    ],
)
def test_a_table_that_cannot_be_read_says_where_and_why(table_seed: Path, content: str, msg: str) -> None:
    (table_seed / "small" / "concepts.csv").write_text(content)
    ((file, _, _, message),) = mistakes(table_seed)
    assert (file, message[: len(msg)]) == ("small/concepts.csv", msg)


# Near misses of names


@pytest.mark.parametrize(
    ("name", "file", "hint"),
    [
        ("small/lessons.CSV", None, "did you mean lessons.csv?"),
        ("small/Lessons.yaml", None, "did you mean lessons.yaml?"),
        ("small/lessons.yml", None, "did you mean lessons.yaml?"),
        ("small/lessons.yaml.txt", None, "did you mean lessons.yaml?"),
        ("small/lessons.txt", None, "is not a file that a pack can have"),
        ("small/lessons", None, "is not a file that a pack can have"),
        ("small/lessons.json", None, "is not a file that a pack can have"),
        ("small/lessons.xlsx", None, "is not a file that a pack can have"),
        ("small/passages.yaml", None, "did you mean passages.csv?"),
        ("small/pack.yml", None, "did you mean pack.yaml?"),
        ("small/more/lessons.yaml", "small/more", "is a folder within a pack, so that lessons.yaml would not be read"),
        ("lessons.csv", None, "is in no pack: move it into a folder with a pack.yaml"),
        ("pack.yaml", None, "is in no pack"),
        ("other/pack.yml", "other", "has no pack.yaml, so that pack.yml would not be read: rename it to pack.yaml"),
        ("other/PACK.YAML", "other", "rename it to pack.yaml"),
        ("other/lessons.yaml", "other", "has no pack.yaml, so that lessons.yaml would not be read"),
        ("other/more/lessons.yaml", "other", "has no pack.yaml, so that more/lessons.yaml would not be read"),
    ],
)
def test_a_file_that_would_not_be_read_is_a_mistake(small_seed: Path, name: str, file: str | None, hint: str) -> None:
    (small_seed / name).parent.mkdir(exist_ok=True, parents=True)
    (small_seed / name).write_text("[]")
    ((at_file, _, _, msg),) = mistakes(small_seed)
    assert (at_file, hint in msg) == (file or name, True), msg


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, lambda path: path.symlink_to("nowhere")])
def test_what_is_no_file_is_a_mistake(small_seed: Path, make: Callable[[Path], None]) -> None:
    make(small_seed / "small" / "lessons.yaml")
    ((file, _, _, msg),) = mistakes(small_seed)
    assert (file, "must be a file" in msg) == ("small/lessons.yaml", True)


@pytest.mark.parametrize(
    "name",
    [
        "small/._lessons.yaml",
        "small/.#lessons.yaml",
        "small/~$missions.csv",
        "small/.~lock.missions.csv#",
        "small/lessons.yaml~",
        "small/#lessons.yaml#",
        "small/.lessons.yaml.swp",
        "small/.git/lessons.yaml",
        "small/Thumbs.db",
        "._small/pack.yaml",
        "__MACOSX/small/lessons.yaml",
        ".cache/lessons.yaml",
        "README.md",
        "small/README.md",
        "small/LICENSE",
        "small/notes/a.txt",
        "schemas/lessons.json",
    ],
)
def test_hidden_files_locks_and_documents_are_no_seed(small_seed: Path, name: str) -> None:
    digest = seed_digest(small_seed, CATALOGUE)
    (small_seed / name).parent.mkdir(exist_ok=True, parents=True)
    (small_seed / name).write_bytes(b"\0[")
    assert names(checked_rows(small_seed, CATALOGUE)) == ["Peace"]
    assert seed_digest(small_seed, CATALOGUE) == digest


def test_a_lock_of_an_editor_that_points_nowhere_is_no_seed(small_seed: Path) -> None:
    (small_seed / "small" / ".#concepts.yaml").symlink_to("editor@host.1234:5678")
    assert names(checked_rows(small_seed, CATALOGUE)) == ["Peace"]


# One spelling, and nothing that cannot be seen


def test_texts_have_one_spelling_however_they_were_typed(small_seed: Path) -> None:
    name = "Côte d’Ivoire"  # noqa: RUF001 - as it is written
    for spelling in (unicodedata.normalize("NFD", name), '"C\\u006f\\u0302te d’Ivoire"'):  # noqa: RUF001 - as it is written
        (small_seed / "small" / "concepts.yaml").write_text(CONCEPT.format(name=spelling))
        assert names(checked_rows(small_seed, CATALOGUE)) == [name]


@pytest.mark.parametrize(
    ("name", "char"),
    [
        ("Pe\\0ace", "U+0000"),
        ("Pe\\x01ace", "U+0001"),
        ("Pe\\x7Face", "U+007F"),
        ("Pe\\x85ace", "U+0085"),
        ("Pe\\u200Bace", "U+200B ZERO WIDTH SPACE"),
        ("Pe\\u200Dace", "U+200D ZERO WIDTH JOINER"),
        ("Pe\\u00ADace", "U+00AD SOFT HYPHEN"),
        ("Pe\\u202Eace", "U+202E RIGHT-TO-LEFT OVERRIDE"),
        ("Pe\\u2066ace", "U+2066 LEFT-TO-RIGHT ISOLATE"),
        ("Pe\\u2028ace", "U+2028 LINE SEPARATOR"),
        ("Pe\\uFEFFace", "U+FEFF"),
        ("Pe\\uFFFDace", "U+FFFD"),
        ("Pe\\uE000ace", "U+E000"),
        ("Pe\\U000E0041ace", "U+E0041"),
        ("\\u3164", "U+3164 HANGUL FILLER"),
    ],
)
def test_a_character_that_nobody_can_see_is_a_mistake_of_its_field(small_seed: Path, name: str, char: str) -> None:
    (small_seed / "small" / "concepts.yaml").write_text(CONCEPT.format(name=f'"{name}"'))
    ((file, record, field, msg),) = mistakes(small_seed)
    assert (file, record, field) == ("small/concepts.yaml", "peace", "name")
    assert f"contains {char}" in msg


def test_an_unseen_character_in_a_cell_or_key_is_a_mistake(table_seed: Path) -> None:
    (table_seed / "small" / "concepts.csv").write_text(f"{HEADER}\npeace,Pe\0ace,No war.,at\u200blas\n")
    assert [mistake[:3] for mistake in mistakes(table_seed)] == [
        ("small/concepts.csv", "line 2", "name"),
        ("small/concepts.csv", "line 2", "sources"),
    ]
    (table_seed / "small" / "concepts.csv").write_text(HEADER.replace("name", "na\u200bme") + f"\n{ROW}\n")
    assert "has a key that contains U+200B" in mistakes(table_seed)[0][3]


def test_an_unpaired_surrogate_is_a_mistake(small_seed: Path) -> None:
    (small_seed / "small" / "concepts.yaml").write_text(CONCEPT.format(name='"Pe\\uD800ace"'))
    assert mistakes(small_seed)[0][0] == "small/concepts.yaml"
    (small_seed / "small" / "concepts.yaml").write_bytes(CONCEPT.format(name="Pe").encode() + b"\xed\xa0\x80")
    assert "is not UTF-8" in mistakes(small_seed)[0][3]


def test_words_that_need_joiners_keep_them(small_seed: Path) -> None:
    name = "می\u200cخواهم क्\u200dष"  # noqa: RUF001 - as they are written
    (small_seed / "small" / "concepts.yaml").write_text(CONCEPT.format(name=name))
    assert names(checked_rows(small_seed, CATALOGUE)) == [name]


# Tables as spreadsheets save them


@pytest.mark.parametrize(
    "content",
    [
        f"\ufeff{HEADER}\n{ROW}\n",
        f"{HEADER}\r\n{ROW}\r\n",
        f"{HEADER}\r{ROW}\r",
        f"{HEADER}\n\n,,,\n{ROW}\n , ,,\n\n,,,\n",
        f"{HEADER},,\n{ROW},,\n,,,,,\n",
        f"{HEADER}\n{ROW},,,\n",
        f" slug , name,definition,sources\n{ROW}",
    ],
)
def test_a_table_is_read_as_spreadsheets_save_it(table_seed: Path, content: str) -> None:
    (table_seed / "small" / "concepts.csv").write_bytes(content.encode())
    assert names(checked_rows(table_seed, CATALOGUE)) == ["Peace"]


@pytest.mark.parametrize(
    ("content", "msg"),
    [
        (f"{HEADER}\n{ROW}\n".replace(",", ";").encode(), "separates its cells by semicolons: save it with commas"),
        (f"\ufeff{HEADER}\n{ROW}\n".replace(",", ";").encode(), "separates its cells by semicolons"),
        (f"sep=;\n{HEADER}\n{ROW}\n".replace(",", ";").encode(), "separates its cells by semicolons"),
        (f"{HEADER}\n{ROW}\n".replace(",", "\t").encode(), "separates its cells by tabs"),
        (f"{HEADER}\n{ROW}\n".encode("utf-16"), "is UTF-16: save it as UTF-8"),
        (f"{HEADER}\n{ROW}\n".replace("Peace", "Paix à tous").encode("cp1252"), "line 2: is not UTF-8: save the file as UTF-8"),
    ],
)
def test_another_table_is_refused_by_one_mistake_that_says_what_to_do(table_seed: Path, content: bytes, msg: str) -> None:
    (table_seed / "small" / "concepts.csv").write_bytes(content)
    ((file, _, _, message),) = mistakes(table_seed)
    assert (file, msg in message) == ("small/concepts.csv", True), message


def test_a_byte_order_mark_before_yaml_is_read(small_seed: Path) -> None:
    file = small_seed / "small" / "concepts.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert names(checked_rows(small_seed, CATALOGUE)) == ["Peace"]


# One mistake for each thing that is wrong


def add_pack(seed: Path, name: str, **texts: str) -> None:
    (seed / name).mkdir()
    (seed / name / "pack.yaml").write_text("{name: Other, summary: Another pack.}")
    for stem, content in texts.items():
        (seed / name / f"{stem}.yaml").write_text(content)


def test_two_packs_with_one_source_make_one_mistake(small_seed: Path) -> None:
    source = "[{slug: atlas, name: Another atlas, kind: dataset}, {slug: map, name: A map, kind: dataset}]"
    add_pack(small_seed, "tiny", sources=source, concepts=CONCEPT.format(name="War").replace("peace", "war"))
    msg = "atlas is a source already, in small/sources.yaml"
    assert mistakes(small_seed) == [("tiny/sources.yaml", "atlas", "slug", msg)]


@pytest.mark.parametrize("wrong", ["kind: rumour", "nmae: x", "slug: At las", "published: 1993/10"])
def test_a_wrong_source_is_one_mistake_however_often_it_is_cited(small_seed: Path, wrong: str) -> None:
    right = {"slug": "slug: atlas", "kind": "kind: dataset", "name": "name: An atlas"}
    right[wrong[:4].rstrip(":")] = wrong
    (small_seed / "small" / "sources.yaml").write_text(f"[{{{', '.join(right.values())}}}]")
    assert {file for file, *_ in mistakes(small_seed)} == {"small/sources.yaml"}


def test_a_record_that_is_added_to_and_linked_to_is_one_mistake(small_seed: Path) -> None:
    linked = CONCEPT.format(name="War").replace("peace", "war")
    link = "links: {relates_to: [{to: concept:peace, cites: [{source: atlas, locator: p. 1}]}]}}]"
    added = "{adds_to: concept:peace, aliases: [Calm], cites: [{source: atlas, locator: p. 2}]}]"
    add_pack(small_seed, "tiny", concepts=f"{linked[:-2]}, {link[:-1]}, {added}")
    assert checked_rows(small_seed, CATALOGUE)
    (small_seed / "small" / "concepts.yaml").write_text(CONCEPT.format(name="Peace").replace("definition", "defnition"))
    assert [mistake[:3] for mistake in mistakes(small_seed)] == [("small/concepts.yaml", "peace", "defnition")]


@pytest.mark.parametrize(
    ("file", "content", "msg"),
    [
        ("concepts.csv", "", "must begin with a line of column names"),
        ("mappings.yaml", MAPPINGS.replace("}]}", "}]}\nlessons: {}"), "maps the rows of lessons.csv, but this pack has none"),
        ("mappings.yaml", MAPPINGS + "\nlesons: {}", "did you mean lessons?"),
        ("mappings.yaml", "concepts: [a]", "must be a mapping"),
    ],
)
def test_what_would_have_no_effect_is_a_mistake(table_seed: Path, file: str, content: str, msg: str) -> None:
    (table_seed / "small" / file).write_text(content)
    ((at_file, _, _, message),) = mistakes(table_seed)
    assert (at_file, msg in message) == (f"small/{file}", True), message


def test_sections_without_an_article_are_a_mistake(small_seed: Path) -> None:
    (small_seed / "small" / "sections.csv").write_text("slug,heading\nintroduction,Introduction\n")
    assert mistakes(small_seed) == [("small/pack.yaml", "", "article", "is required, for the pack has passages or sections")]


def test_an_article_has_its_sections_in_one_pack(small_seed: Path) -> None:
    for name in ("small", "tiny"):
        if name == "tiny":
            add_pack(small_seed, name)
        (small_seed / name / "pack.yaml").write_text("{name: Pack, summary: A pack., article: map}")
        (small_seed / name / "sections.csv").write_text("slug,heading\nintroduction,Introduction\n")
    sources = "[{slug: atlas, name: An atlas, kind: dataset}, {slug: map, name: A map, kind: dataset}]"
    (small_seed / "small" / "sources.yaml").write_text(sources)
    msg = "the sections of the article 'map' are in small/sections.csv already"
    assert mistakes(small_seed) == [("tiny/sections.csv", "", "", msg)]


def test_a_mistake_of_very_many_rows_is_reported_once(table_seed: Path) -> None:
    rows = "\n".join(f"peace-{number},Peace {number},No war.,map" for number in range(50))
    (table_seed / "small" / "concepts.csv").write_text(f"{HEADER}\n{rows}\n")
    ((_, record, field, msg),) = mistakes(table_seed)
    assert (record, field) == ("line 2", "sources")
    assert msg.endswith("(as in 49 further rows)")


# Names that routes have


@pytest.mark.parametrize(
    ("field", "old", "new"),
    [
        ("slug", "slug: peace", "slug: stats"),
        ("aliases", "name: Peace", "name: Peace, aliases: [Stats]"),
        ("former_slugs", "name: Peace", "name: Peace, former_slugs: [stats]"),
    ],
)
def test_a_name_that_a_route_has_is_a_mistake(small_seed: Path, field: str, old: str, new: str) -> None:
    (small_seed / "small" / "concepts.yaml").write_text(CONCEPT.format(name="Peace").replace(old, new))
    ((_, _, at_field, msg),) = mistakes(small_seed)
    assert (at_field, "/v1/concepts/stats is an address of its own" in msg) == (field, True)
    with pytest.raises(SeedError):
        checked_rows(small_seed, CATALOGUE_OF_COMMANDS)


def test_reserved_names_are_those_of_the_routes() -> None:
    assert all("stats" in CATALOGUE.reserved[kind.name] for kind in CATALOGUE.kinds.values())
    assert CATALOGUE_OF_COMMANDS.reserved == CATALOGUE.reserved
