"""The graph around a record and the chains between two, held against networkx over the same links."""

from collections.abc import Iterator
from typing import Any

import httpx
import jsonschema
import networkx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from app.database import writable_engine
from app.http.formats.graphml import graphml
from app.http.formats.tabular import joined
from app.query.graph import neighbourhood as graph_module
from app.query.graph import shortest_paths as path_module
from app.query.graph import traversal as traversal_module
from app.query.graph.neighbourhood import Neighbourhood
from app.query.graph.shortest_paths import MAX_CHAINS, MAX_STEPS, add_edges, shortest_chains
from app.query.graph.traversal import Edge
from tests.conftest import CATALOGUE

GRAPHML = "application/graphml+xml"
KINDS = list(CATALOGUE.kinds)
PREDICATES = list(dict.fromkeys(name for _, name, _ in CATALOGUE.relations))
OVER_HTTP = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def whole(database_url: str) -> Iterator[Any]:
    """Every record and link, read past the API."""
    engine = writable_engine(database_url)
    made = networkx.MultiDiGraph()
    with engine.connect() as connection:
        ids = {}
        for number, kind, slug in connection.execute(text("SELECT id, kind, slug FROM record ORDER BY id")):
            ids[number] = f"{kind}:{slug}"
            made.add_node(ids[number], kind=kind)
        for subject, predicate, object_ in connection.execute(text("SELECT subject_id, predicate, object_id FROM link")):
            made.add_edge(ids[subject], ids[object_], key=predicate)
    yield made
    engine.dispose()


def get(client: httpx.Client, path: str, **params: Any) -> Any:
    response = client.get(path, params=params or None)
    assert response.status_code == 200, response.text
    return response.json()


def problem(response: httpx.Response, status: int) -> Any:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    return response.json()


def triples(answer: Any) -> set[tuple[str, str, str]]:
    return {(link["source"], link["target"], link["predicate"]) for link in answer["links"]}


def bound_filters(whole: Any, root: str, kinds: list[str], predicates: list[str]) -> Any:
    """The same graph without what is not asked for."""
    kept = whole.copy()
    kept.remove_nodes_from([node for node, kind in whole.nodes("kind") if kinds and kind not in kinds and node != root])
    kept.remove_edges_from([edge for edge in whole.edges(keys=True) if predicates and edge[2] not in predicates])
    return kept


@OVER_HTTP
@given(data=st.data(), depth=st.integers(1, 3), limit=st.sampled_from([1, 2, 10, 200, 1000]))
def test_a_graph_is_what_networkx_finds_around_the_root(
    client: httpx.Client, whole: Any, data: st.DataObject, depth: int, limit: int
) -> None:
    root = data.draw(st.sampled_from(sorted(whole.nodes)))
    kinds = data.draw(st.lists(st.sampled_from(KINDS), max_size=3))
    predicates = data.draw(st.lists(st.sampled_from(PREDICATES), max_size=6))
    answer = get(client, "/v1/graph", root=root, depth=depth, limit=limit, kind=kinds, predicate=predicates)
    kept = bound_filters(whole, root, kinds, predicates)
    near = networkx.single_source_shortest_path_length(kept.to_undirected(as_view=True), root, cutoff=depth)
    order = {node: number for number, node in enumerate(whole.nodes)}
    expected = sorted(near, key=lambda node: (near[node], order[node]))[:limit]
    assert [(node["id"], node["depth"]) for node in answer["nodes"]] == [(node, near[node]) for node in expected]
    assert triples(answer) == set(kept.subgraph(expected).edges(keys=True))
    assert len(answer["links"]) == len(triples(answer))
    assert answer["truncated"] == (len(near) > limit)


def test_the_graph_around_isaf_says_what_its_record_says(client: httpx.Client) -> None:
    answer = get(client, "/v1/graph", root="mission:isaf")
    links = get(client, "/v1/missions/isaf")["links"]
    assert {node["id"] for node in answer["nodes"]} == {"mission:isaf"} | {link["id"] for tied in links.values() for link in tied}
    ends = ("mission:isaf", "challenge:insurgent-resistance")
    (faced,) = (link for link in answer["links"] if (link["source"], link["target"]) == ends)
    (same,) = (link for link in links["faced"] if link["id"] == "challenge:insurgent-resistance")
    assert faced["predicate"] == "faced"
    assert {key: faced[key] for key in ("verification", "note", "citations")} == {
        key: same[key] for key in ("verification", "note", "citations")
    }
    assert answer["graph"] == {"root": "mission:isaf", "depth": 1}


def test_links_of_other_predicates_stay_out_also_between_records_that_stay_in(client: httpx.Client, whole: Any) -> None:
    answer = get(client, "/v1/graph", root="mission:isaf", depth=2, predicate=["faced", "examines", "concerned"])
    in_list = whole.subgraph([node["id"] for node in answer["nodes"]]).edges(keys=True)
    assert triples(answer) == {link for link in in_list if link[2] in ("faced", "examines", "concerned")} < set(in_list)


def test_an_alias_names_the_same_root_and_the_answer_gives_its_id(client: httpx.Client) -> None:
    for root in ("concept:ssr", "concept:SSR", "concept:security-sector-reform"):
        assert get(client, "/v1/graph", root=root)["graph"]["root"] == "concept:security-sector-reform"


def test_equal_questions_have_equal_answers_byte_for_byte(client: httpx.Client) -> None:
    for path in (
        "/v1/graph?root=mission:isaf&depth=3&limit=50",
        "/v1/graph.graphml?root=mission:isaf&depth=2",
        "/v1/path?from=mission:unok&to=principle:inclusivity",
    ):
        assert client.get(path).content == client.get(path).content


def test_networkx_reads_both_formats_as_the_same_graph(client: httpx.Client) -> None:
    answer = get(client, "/v1/graph", root="mission:isaf", depth=2)
    response = client.get("/v1/graph.graphml?root=mission:isaf&depth=2")
    assert response.headers["content-type"] == GRAPHML
    assert response.headers["x-data-version"] == answer["meta"]["data_version"]
    read = networkx.parse_graphml(response.text, force_multigraph=True)
    made = networkx.node_link_graph(answer, edges="links")
    assert made.is_directed()
    assert made.is_multigraph()
    assert (
        read.graph.items()
        >= {
            "root": "mission:isaf",
            "depth": 2,
            "truncated": False,
            "data_version": answer["meta"]["data_version"],
        }.items()
    )
    assert {node: (told["label"], told["kind"], told["verification"], told["depth"]) for node, told in read.nodes.items()} == {
        node: (told["name"], told["kind"], told["verification"], told["depth"]) for node, told in made.nodes.items()
    }
    said = [(*ends, told["predicate"], told["verification"], told["citations"]) for *ends, told in read.edges(data=True)]
    assert sorted(said) == sorted(
        (
            link["source"],
            link["target"],
            link["predicate"],
            link["verification"],
            joined(
                f"{cite['source']} {cite['passage'] or cite['locator']}" + " (disputes)" * (cite["stance"] == "disputes")
                for cite in link["citations"]
            ),
        )
        for link in answer["links"]
    )
    assert len(said) == len(answer["links"]) > 30


@settings(max_examples=200, deadline=None)
@given(name=st.text(st.characters(codec="utf-8"), min_size=1), place=st.text(st.characters(codec="utf-8"), min_size=1))
def test_no_text_breaks_the_xml(name: str, place: str) -> None:
    node = {"id": "mission:a", "kind": "mission", "name": name, "verification": "disputed", "depth": 0}
    cite = {"source": "s", "passage": None, "locator": place, "stance": "supports"}
    disputing = cite | {"passage": "a:1.1", "stance": "disputes"}
    link = {"source": "mission:a", "target": "mission:b", "predicate": "succeeded", "verification": "disputed"}
    found = Neighbourhood("mission:a", [node, node | {"id": "mission:b"}], [link | {"citations": [cite, disputing]}] * 2, True)
    written = graphml(found, depth=1, data_version="v").decode()
    read = networkx.parse_graphml(written, force_multigraph=True)
    assert read.graph["truncated"] is True
    assert read.number_of_edges() == 2
    if all(mark.isprintable() for mark in name + place):
        assert read.nodes["mission:a"]["label"] == name
        assert read.edges["mission:a", "mission:b", "link-0"]["citations"] == f"s {place};s a:1.1 (disputes)"


def test_no_key_is_one_that_gephi_and_yed_take_for_a_label(client: httpx.Client) -> None:
    written = client.get("/v1/graph.graphml?root=mission:isaf&depth=2").text
    keys = {line for line in written.splitlines() if "<key " in line}
    assert len(keys) == 11
    assert not [key for key in keys if ('id="d3"' in key and "node" in key) or ('id="d7"' in key and 'for="edge"' in key)]
    assert any('attr.name="label"' in key and 'for="node"' in key for key in keys)
    edges = [line.split('id="')[1] for line in written.splitlines() if "<edge " in line]
    assert len(set(edges)) == len(edges)


@pytest.mark.parametrize(
    ("path", "accept", "answer"),
    [
        ("/v1/graph", "*/*", "application/json"),
        ("/v1/graph", GRAPHML, GRAPHML),
        ("/v1/graph", f"application/json;q=0.5, {GRAPHML}", GRAPHML),
        ("/v1/graph", "text/html", None),
        ("/v1/graph.graphml", "application/json", GRAPHML),
        ("/v1/graph.json", GRAPHML, "application/json"),
    ],
)
def test_the_suffix_decides_else_accept(client: httpx.Client, path: str, accept: str, answer: str | None) -> None:
    response = client.get(path, params={"root": "mission:isaf"}, headers={"Accept": accept})
    assert response.status_code == (200 if answer else 406)
    assert response.headers["content-type"] == (answer or "application/problem+json")
    assert "Accept" in response.headers.get("vary", "").split(", ") or path != "/v1/graph"


@pytest.mark.parametrize(
    ("query", "parameter", "hint"),
    [
        ("", "root", None),
        ("root=", "root", None),
        ("root=mission:%00", "root", None),
        ("root=" + "x" * 201, "root", None),
        ("root=mission:isaf&root=mission:unok", "root", None),
        ("root=mission:isaf&depth=0", "depth", None),
        ("root=mission:isaf&depth=4", "depth", None),
        ("root=mission:isaf&depth=", "depth", None),
        ("root=mission:isaf&limit=0", "limit", None),
        ("root=mission:isaf&limit=1001", "limit", None),
        ("root=mission:isaf&kind=chalenge", "kind", "challenge"),
        ("root=mission:isaf&kind=challenges", "kind", "challenge"),
        ("root=mission:isaf&predicate=faced_by", "predicate", "faced"),
        ("root=mission:isaf&predicates=faced", "predicates", "predicate"),
    ],
)
def test_a_wrong_parameter_of_a_graph_is_named(client: httpx.Client, query: str, parameter: str, hint: str | None) -> None:
    for path in ("/v1/graph", "/v1/graph.graphml"):
        (error,) = problem(client.get(f"{path}?{query}"), 422)["errors"]
        assert error["loc"] == ["query", parameter]
        assert hint is None or error["did_you_mean"] == hint


@pytest.mark.parametrize(
    ("id_", "near"),
    [
        ("mission:isff", "mission:isaf"),
        ("isaf", "mission:isaf"),
        ("missions:isaf", "mission:isaf"),
        (":", None),
        ("mission:", None),
        ("🕊:🕊", None),
        ("challenge:insurgent-resistence", "challenge:insurgent-resistance"),
    ],
)
def test_an_unknown_record_is_not_found_but_ids_like_it_are(client: httpx.Client, id_: str, near: str | None) -> None:
    for path, params in (
        ("/v1/graph", {"root": id_}),
        ("/v1/path", {"from": id_, "to": "mission:unok"}),
        ("/v1/path", {"from": "mission:unok", "to": id_}),
    ):
        body = problem(client.get(path, params=params), 404)
        assert body["detail"] == f"no record has the id {id_!r}"
        assert near in body["near"] if near else "near" not in body


def test_another_suffix_is_refused(client: httpx.Client) -> None:
    (error,) = problem(client.get("/v1/graph.graphm?root=mission:isaf"), 422)["errors"]
    assert error["loc"] == ["path", "format"]
    assert error["did_you_mean"] == "graphml"


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_a_graph_takes_a_statement_a_level_and_five(client: httpx.Client, statements: list[str], depth: int) -> None:
    for path in ("/v1/graph", "/v1/graph.graphml"):
        statements.clear()
        client.get(path, params={"root": "mission:untso", "depth": depth, "limit": 1000})
        assert len(statements) == depth + 5, statements  # release, root, nodes, links, citations


@pytest.mark.usefixtures("uncached")
@pytest.mark.parametrize(("module", "bound"), [(traversal_module, "MAX_LINKS_READ"), (graph_module, "MAX_LINKS")])
def test_a_graph_that_meets_a_bound_says_so(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch, module: Any, bound: str
) -> None:
    assert get(client, "/v1/graph", root="mission:isaf")["truncated"] is False
    monkeypatch.setattr(module, bound, 3)
    answer = get(client, "/v1/graph", root="mission:isaf")
    assert answer["truncated"] is True
    assert 0 < len(answer["links"]) <= 12
    ids = {node["id"] for node in answer["nodes"]}
    assert all({link["source"], link["target"]} <= ids for link in answer["links"])


def chains(whole: Any, start: str, goal: str) -> list[list[tuple[str, str, str]]]:
    """The shortest chains as (from, predicate, to), by trying all that there are."""
    order = {node: number for number, node in enumerate(whole.nodes)}
    both = networkx.MultiGraph()
    both.add_nodes_from(whole)
    both.add_edges_from((source, target, (predicate, source)) for source, target, predicate in whole.edges(keys=True))
    away = [networkx.single_source_shortest_path_length(both, end) for end in (start, goal)]
    for cutoff in range(1, MAX_STEPS + 1):
        by = [
            node for node in both if sum(steps.get(node, cutoff) for steps in away) <= cutoff
        ]  # no other is on so short a chain
        # Two links between the same two records in opposite directions are two ways; so the key holds the subject.
        found = list(networkx.all_simple_edge_paths(both.subgraph([start, goal, *by]), start, goal, cutoff=cutoff))
        if len(found) >= MAX_CHAINS:
            break
    told = [[(near, key[0], far) for near, far, key in path] for path in found]
    return sorted(told, key=lambda chain: (len(chain), [(order[far], predicate) for _, predicate, far in chain]))[:MAX_CHAINS]


def walked(answer: Any) -> list[list[tuple[str, str, str]]]:
    return [[(step["from"], step["predicate"], step["to"]) for step in chain["steps"]] for chain in answer["data"]]


@OVER_HTTP
@given(data=st.data())
def test_chains_are_the_shortest_that_there_are(client: httpx.Client, whole: Any, data: st.DataObject) -> None:
    start, goal = data.draw(st.lists(st.sampled_from(sorted(whole.nodes)), min_size=2, max_size=2, unique=True))
    predicates = data.draw(st.lists(st.sampled_from(PREDICATES), max_size=4))
    answer = get(client, "/v1/path", **{"from": start, "to": goal, "predicate": predicates})
    assert walked(answer) == chains(bound_filters(whole, start, [], predicates), start, goal)
    assert answer["truncated"] is False
    for chain in answer["data"]:
        ids = [node["id"] for node in chain["nodes"]]
        assert ids == [start, *(step["to"] for step in chain["steps"])]
        assert len(set(ids)) == len(ids) == chain["length"] + 1 <= MAX_STEPS + 1
        for step in chain["steps"]:
            ends = (step["from"], step["to"]) if step["direction"] == "forward" else (step["to"], step["from"])
            assert whole.has_edge(*ends, step["predicate"])
            assert step["citations"]


@settings(max_examples=300, deadline=None)
@given(
    ends=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6), st.sampled_from("pq")), max_size=14, unique=True),
    longest=st.integers(1, MAX_STEPS),
)
def test_the_search_finds_what_trying_everything_finds(ends: list[tuple[int, int, str]], longest: int) -> None:
    links = [Edge(near, far, name, number, True) for number, (near, far, name) in enumerate(ends) if near != far]
    adjacency: dict[int, dict[int, Edge]] = {}
    add_edges(adjacency, links)
    found, gave_up = shortest_chains(adjacency, 0, 1, longest)
    both = networkx.MultiGraph([(link.near, link.far, link.link) for link in links])
    both.add_nodes_from([0, 1])
    every = sorted(len(path) for path in networkx.all_simple_edge_paths(both, 0, 1, cutoff=longest))
    assert [len(chain) for chain in found] == every[:MAX_CHAINS]
    assert len(set(found)) == len(found)
    assert not gave_up


def test_unok_is_tied_to_inclusivity_and_the_first_step_cites_its_passages(client: httpx.Client) -> None:
    answer = get(client, "/v1/path?from=mission:unok&to=principle:inclusivity")
    first = answer["data"][0]
    assert walked(answer)[0] == [("mission:unok", "applied", "principle:inclusivity")]
    assert first["nodes"][1]["kind"] == "principle"
    assert first["nodes"][1]["name"]
    (told,) = (link for link in get(client, "/v1/missions/unok")["links"]["applied"] if link["id"] == "principle:inclusivity")
    assert first["steps"][0]["citations"] == told["citations"]
    assert answer["detail"] == "5 chains, the shortest of 1 link."


def test_the_way_back_is_the_same_way(client: httpx.Client) -> None:
    there = get(client, "/v1/path?from=mission:untso&to=impact:" + _impact(client))
    back = get(client, "/v1/path?to=mission:untso&from=impact:" + _impact(client))
    assert [chain["length"] for chain in there["data"]] == [chain["length"] for chain in back["data"]]
    turn = {"forward": "backward", "backward": "forward"}
    first = [
        step | {"from": step["to"], "to": step["from"], "direction": turn[step["direction"]]}
        for step in reversed(there["data"][0]["steps"])
    ]
    assert first in [chain["steps"] for chain in back["data"]]


def _impact(client: httpx.Client) -> str:
    return str(get(client, "/v1/impacts?limit=1")["data"][0]["slug"])


def test_no_chain_is_an_answer_and_a_sentence(client: httpx.Client) -> None:
    answer = get(client, "/v1/path?from=mission:unok&to=mission:isaf&predicate=succeeded")
    assert answer["data"] == []
    assert answer["truncated"] is False
    assert answer["detail"] == "No chain of at most 6 links of the predicate succeeded connects mission:unok to mission:isaf."


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("from=mission:isaf&to=mission:isaf", "to"),
        ("from=mission:isaf&to=mission:ISAF", "to"),
        ("from=concept:ssr&to=concept:security-sector-reform", "to"),
        ("from=mission:isaf", "to"),
        ("to=mission:isaf", "from"),
        ("from=mission:isaf&to=mission:unok&to=mission:untso", "to"),
        ("from=mission:isaf&to=mission:unok&predicate=faced_by", "predicate"),
        ("from=mission:isaf&to=mission:unok&limit=3", "limit"),
    ],
)
def test_a_wrong_parameter_of_a_path_is_named(client: httpx.Client, query: str, parameter: str) -> None:
    (error,) = problem(client.get(f"/v1/path?{query}"), 422)["errors"]
    assert error["loc"] == ["query", parameter]


def test_both_ends_unknown_are_both_told(client: httpx.Client) -> None:
    body = problem(client.get("/v1/path?from=mission:isff&to=mission:unkk"), 404)
    assert {"mission:isaf", "mission:unok"} <= set(body["near"])
    assert "'mission:isff'" in body["detail"]
    assert "'mission:unkk'" in body["detail"]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        # Release and ends; a statement for each link that the search goes out; nodes, links and citations of what it found.
        ("from=mission:unok&to=principle:inclusivity", 2 + 2 + 3),
        ("from=mission:isaf&to=mission:unok", 2 + 2 + 3),
        ("from=mission:unok&to=mission:isaf&predicate=succeeded", 2 + 1),
    ],
)
def test_a_path_takes_as_many_statements_as_links_it_goes_out_and_five(
    client: httpx.Client, statements: list[str], query: str, count: int
) -> None:
    get(client, f"/v1/path?{query}")
    assert len(statements) == count, statements


@OVER_HTTP
@given(data=st.data())
def test_no_path_takes_more_than_eleven_statements(
    client: httpx.Client, whole: Any, statements: list[str], data: st.DataObject
) -> None:
    start, goal = data.draw(st.lists(st.sampled_from(sorted(whole.nodes)), min_size=2, max_size=2, unique=True))
    predicates = data.draw(st.lists(st.sampled_from(PREDICATES), max_size=3))
    statements.clear()
    get(client, "/v1/path", **{"from": start, "to": goal, "predicate": predicates})
    assert len(statements) <= 2 + MAX_STEPS + 3


@pytest.mark.usefixtures("uncached")
@pytest.mark.parametrize(
    ("module", "bound"), [(traversal_module, "MAX_LINKS_READ"), (path_module, "MAX_FRONTIER"), (path_module, "MAX_EDGES_TRIED")]
)
def test_a_search_that_meets_a_bound_says_so(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch, module: Any, bound: str
) -> None:
    path = "/v1/path?from=mission:isaf&to=actor:local-communities"
    assert get(client, path)["truncated"] is False
    monkeypatch.setattr(module, bound, 1)
    answer = get(client, path)
    assert answer["truncated"] is True
    assert answer["detail"].endswith("Some links were not examined, so there may be others.")


def test_answers_are_as_the_openapi_document_says(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    for path, query in (
        ("/v1/graph", "?root=mission:isaf&depth=3"),
        ("/v1/path", "?from=mission:untso&to=principle:inclusivity"),
        ("/v1/path", "?from=mission:unok&to=mission:isaf&predicate=succeeded"),
    ):
        content = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]
        schema = content["schema"] | {"components": document["components"]}
        jsonschema.Draft202012Validator(schema).validate(get(client, path + query))
        jsonschema.Draft202012Validator(schema).validate(content["example"])
    required = {p["name"]: p["required"] for p in document["paths"]["/v1/path"]["get"]["parameters"]}
    assert required == {"from": True, "to": True, "predicate": False}
    assert GRAPHML in document["paths"]["/v1/graph.{format}"]["get"]["responses"]["200"]["content"]
