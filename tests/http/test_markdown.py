"""Case studies as Markdown: every statement keeps its citations, every citation is found again, and data make no markup."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from app.http.formats.markdown import escaped
from tests.conftest import serving_pack

STUDIES = ["united-nations-operation-in-kenya", "international-security-assistance-force-in-afghanistan"]
BOTH = pytest.mark.parametrize("slug", STUDIES)
READERS = [MarkdownIt("commonmark"), MarkdownIt("js-default", {"html": True})]


def markdown(client: httpx.Client, slug: str) -> str:
    response = client.get(f"/v1/case-studies/{slug}.md")
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "text/markdown; charset=utf-8"
    assert response.headers["x-data-version"] in response.text
    return response.text


def blocks(text: str) -> list[tuple[str, str]]:
    """The blocks of a document as a reader shows them: what each is, and its text without markup."""
    tokens = READERS[0].parse(text)
    return [(tokens[n - 1].tag, shown(token)) for n, token in enumerate(tokens) if token.type == "inline"]


def shown(token: Token) -> str:
    return "".join(" " if child.type == "softbreak" else child.content for child in token.children or [])


def sections(text: str) -> dict[str, list[str]]:
    """The blocks under each heading."""
    under: dict[str, list[str]] = {}
    for tag, content in blocks(text):
        if tag in ("h1", "h2"):
            under[content] = []
        else:
            under[list(under)[-1]].append(content)
    return under


@BOTH
def test_every_statement_stands_in_order_with_the_places_that_it_rests_on(client: httpx.Client, slug: str) -> None:
    study = client.get(f"/v1/case-studies/{slug}").json()
    under = sections(markdown(client, slug))
    places = under["Bibliography"]
    headings = list(dict.fromkeys(part["kind"].capitalize() for part in study["parts"]))
    assert list(under) == [study["name"], *headings, "Bibliography", "Sources"]
    statements = [line for heading in headings for line in under[heading] if not line.startswith("[")]
    for part, line in zip(study["parts"], statements, strict=True):
        assert line.startswith(part["text"] + " [")
        numbers = [int(n) for n in re.findall(r"\[(\d+)(?:, disputes)?\]", line.removeprefix(part["text"]))]
        assert len(numbers) == len(part["citations"])
        for n, cite in zip(numbers, part["citations"], strict=True):
            assert places[n - 1].endswith(f"passage {cite['passage']}" if cite["passage"] else cite["locator"])
            assert (f"[{n}, disputes]" in line) == (cite["stance"] == "disputes")
    assert under[study["name"]][0] == f"Status: {study['verification'].replace('_', ' ')}"
    assert under[study["name"]][1].startswith(study["summary"] + " [1]")


@BOTH
def test_the_bibliography_has_each_place_once_numbered_as_cited(client: httpx.Client, slug: str) -> None:
    text = markdown(client, slug)
    body, _, after = text.partition("## Bibliography\n\n")
    listed = after.partition("\n\n## Sources")[0].splitlines()
    assert [line.partition(". ")[0] for line in listed] == [str(n) for n in range(1, len(listed) + 1)]
    assert len({line.partition(". ")[2] for line in listed}) == len(listed)
    first_cited = list(dict.fromkeys(int(n) for n in re.findall(r"\[(\d+)(?:, disputes)?\]", body)))
    assert first_cited == list(range(1, len(listed) + 1))
    assert any('"Case Study: ' in line for line in listed)


@BOTH
def test_every_source_is_named_with_its_terms_and_the_notice_ends_it(client: httpx.Client, slug: str) -> None:
    study = client.get(f"/v1/case-studies/{slug}").json()
    *_, last = sections(markdown(client, slug))["Sources"]
    named = sections(markdown(client, slug))["Sources"][:-1]
    for cite in study["citations"]:
        source = client.get(f"/v1/sources/{cite['source']}").json()
        (line,) = [line for line in named if line.startswith(source["name"])]
        assert f"Licence: {source['licence'] or 'not stated'}" in line
        assert (source["attribution"] or "") in line
    assert last.startswith(f"Casebook, {study['id']} at data version ")
    assert last.endswith("Unofficial; not endorsed by the United Nations.")


def test_disputes_and_notes_stand_below_the_statement(client: httpx.Client) -> None:
    kenya, isaf = (sections(markdown(client, slug)) for slug in STUDIES)
    assert (
        "[5] disputes this: The operation that is studied is not among the 71 in the list."
        in kenya["United Nations Operation in Kenya"]
    )
    outcome, remark = isaf["Outcome"]
    assert re.search(r" \[(\d+), disputes\]$", outcome)
    assert re.fullmatch(r"\[\d+\] disputes this", remark)


def test_accept_chooses_markdown_and_the_suffix_decides(client: httpx.Client) -> None:
    path = f"/v1/case-studies/{STUDIES[0]}"
    by_accept = client.get(path, headers={"Accept": "text/markdown"})
    assert (by_accept.status_code, by_accept.text) == (200, markdown(client, STUDIES[0]))
    assert "Accept" in by_accept.headers["vary"].split(", ")
    assert client.get(f"{path}.md", headers={"Accept": "application/json"}).text == by_accept.text
    assert client.get(path, headers={"Accept": "text/html,*/*;q=0.8"}).json()["slug"] == STUDIES[0]
    refused = client.get(path, headers={"Accept": "application/pdf"})
    assert (refused.status_code, refused.headers["content-type"]) == (406, "application/problem+json")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("united-nations-operation-in-kenia.md", 404),
        (".md", 404),
        ("united-nations-operation-in-kenya.markdown", 404),
        ("united-nations-operation-in-kenya.md?x=1", 422),
        ("a%00b.md", 422),
        ("x" * 300 + ".md", 422),
    ],
)
def test_what_is_wrong_is_a_problem_as_in_details(client: httpx.Client, path: str, status: int) -> None:
    response = client.get(f"/v1/case-studies/{path}")
    assert (response.status_code, response.headers["content-type"]) == (status, "application/problem+json")
    assert "kenia" not in path or response.json()["near"] == [STUDIES[0]]


def test_another_spelling_redirects_to_the_document(client: httpx.Client) -> None:
    for path in ("United-Nations-Operation-in-Kenya.md", "United%20Nations%20Operation%20in%20Kenya.md"):
        response = client.get(f"/v1/case-studies/{path}")
        assert (response.status_code, response.headers["location"]) == (308, f"/v1/case-studies/{STUDIES[0]}.md")


@BOTH
def test_a_document_takes_four_statements(client: httpx.Client, statements: list[str], slug: str) -> None:
    markdown(client, slug)
    assert len(statements) == 4, statements


def test_a_case_study_that_is_hard_to_write_down(seed_copy: Path) -> None:
    """No summary, no passage; names, texts, notes and locators full of markup; a field that is disputed by itself."""
    nasty = "# <b>A</b> & [b](javascript:x) *c* `d` _e_ | ~f~ $g$ \\ {h}\n\n---\n- i"
    cite: dict[str, Any] = {"source": "odd", "locator": "1. *row* [2]: <x>", "note": "[1]: http://x"}
    with serving_pack(
        seed_copy,
        sources=[
            {"slug": "odd", "name": nasty, "kind": "report", "publisher": "<i>P</i>", "url": "http://x/<a>", "licence": "*L*"}
        ],
        case_studies=[
            {
                "slug": "odd",
                "name": nasty,
                "former_slugs": ["older"],
                "cites": [cite, cite | {"about": "name", "stance": "disputes"}],
                "parts": [
                    {"kind": "context", "text": "1993. " + nasty, "cites": [cite]},
                    {"kind": "lesson", "text": "- " + nasty, "cites": [cite | {"note": None, "locator": "other"}]},
                    {"kind": "context", "text": nasty, "cites": [cite]},
                ],
                "links": {"examines": [{"to": "mission:onuc", "cites": [cite]}]},
            }
        ],
    ) as client:
        text = markdown(client, "odd")
        plain = " ".join(nasty.split())
        allowed = {"heading_open", "paragraph_open", "list_item_open", "bullet_list_open", "ordered_list_open", "inline"}
        tokens = READERS[0].parse(text)
        assert {token.type for token in tokens if token.nesting >= 0} == allowed
        inline = {child.type for token in tokens for child in token.children or []}
        assert inline == {"text", "strong_open", "strong_close"}
        assert [tag for tag, _ in blocks(text) if tag.startswith("h")] == ["h1", "h2", "h2", "h2", "h2", "h2"]
        under = blocks(text)
        assert ("h1", plain) in under
        assert ("p", "No summary. [1] [1, disputes]") in under
        assert ("p", "[1] disputes the field name: [1]: http://x") in under
        assert [("p", f"1993. {plain} [1]"), ("p", f"- {plain} [2]"), ("p", f"{plain} [1]")] == [
            block for block in under if block[1].endswith(("[1]", "[2]")) and plain in block[1]
        ]
        assert [content for tag, content in under if tag == "h2"][:3] == ["Context", "Lesson", "Context"]
        assert ("p", f"{plain}, 1. *row* [2]: <x>") in under
        assert ("p", f"{plain}, <i>P</i>, http://x/<a>. Licence: *L*") in under
        moved = client.get("/v1/case-studies/older.md")
        assert (moved.status_code, moved.headers["location"]) == (308, "/v1/case-studies/odd.md")


@pytest.mark.parametrize("reader", READERS, ids=["commonmark", "with tables and strikethrough"])
@given(text=st.one_of(st.text(), st.text(st.sampled_from("\\`*_{}[]()<>#+-.!|~&;=:\"'$^@0aA \n\t/"))))
def test_escaped_text_reads_as_it_is(reader: MarkdownIt, text: str) -> None:
    text = text.replace("\x00", "")
    plain = " ".join(text.split())
    tokens = reader.parse(f"{escaped(text)}\n\n# {escaped(text)}\n\n- {escaped(text)}\n")
    if plain:
        kinds = [token.type for token in tokens if token.nesting > 0]
        assert kinds == ["paragraph_open", "heading_open", "bullet_list_open", "list_item_open", "paragraph_open"]
        assert [shown(token) for token in tokens if token.type == "inline"] == [plain] * 3
