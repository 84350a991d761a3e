"""Memory under one client that asks for lists in ever new shapes: `python -m benchmarks.memory`, as a table.

Filters, sorts, facets and fields are chosen at random, so that hardly any statement is used twice; the response cache is off.
REQUESTS=50000 and RECORDS=10000, both optional. The goal is at most 250 MiB.
"""

import http.client
import os
import random
import sys
from collections.abc import Iterator
from urllib.parse import urlencode

from app.http.resources.lists import all_parameters
from app.kinds import RESOURCES
from app.model.catalogue import Catalogue
from app.query.lists.parameters import sortable
from benchmarks.casebook import casebook
from benchmarks.datasets import synthesized_file

STEP = 1_000
OPERATORS = {"__isnull": "true", "__contains": "a"}
"""Operators that take the same value on every field that has them."""


def shapes() -> Iterator[str]:
    """Yield paths of lists, each in a random shape."""
    catalogue, chance = Catalogue(RESOURCES), random.Random(1)  # noqa: S311 - shapes, not secrets
    parameters = all_parameters(catalogue)
    kinds = [resource for resource in catalogue.resources if resource.is_kind]
    while True:
        resource = chance.choice(kinds)
        own = parameters[resource.name]
        filters = [name for name in own.filters if name.endswith(tuple(OPERATORS))]
        query = [(name, OPERATORS["__" + name.rpartition("__")[2]]) for name in chance.sample(filters, 3)]
        query += [("sort", chance.choice(("", "-")) + name) for name in chance.sample(sortable(resource), 2)]
        query += [("facet", name) for name in chance.sample(list(own.groupings), min(3, len(own.groupings)))]
        query += [("fields", name) for name in chance.sample(list(resource.fields), 3)]
        yield f"/v1/{resource.name}?{urlencode([('limit', '2'), *query])}"


def main() -> None:
    """Print the memory of the server after each thousand requests."""
    requests = int(os.environ.get("REQUESTS", "50000"))
    file = synthesized_file(int(os.environ.get("RECORDS", "10000")))
    sys.stdout.write("| requests | RSS, MiB | RssAnon, MiB |\n|---|---|---|\n")
    with casebook(file, cache=False) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        for number, path in zip(range(requests + 1), shapes(), strict=False):
            if number % STEP == 0:
                rss, anonymous = server.memory()
                sys.stdout.write(f"| {number:,} | {rss:.0f} | {anonymous:.0f} |\n")
                sys.stdout.flush()
            connection.request("GET", path)
            response = connection.getresponse()
            response.read()
            if response.status != 200:
                raise SystemExit(f"{path} was answered {response.status}")


if __name__ == "__main__":
    main()
