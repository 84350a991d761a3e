"""The complete release as a Frictionless data package: CSV with types, sources with licences, checksums.

Equal data give equal bytes.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import orjson

from app.database import Snapshot
from app.http.about import NOTICE
from app.http.formats.tabular import csv_lines
from app.model.catalogue import Catalogue
from app.model.resource import Resource
from app.query.filters.types import is_number
from app.query.flat_tables import FLAT_TABLES, part_tables
from app.query.lists.pages import CHUNK, everything
from app.query.lists.parameters import Parameters
from app.query.lists.rows import Item

Column = dict[str, Any]
EPOCH = (1980, 1, 1, 0, 0, 0)
README = """\
# Casebook, data version {version}

A knowledge model of peacekeeping and security sector reform. Every record and every link cites the place it comes from;
`verification` is computed from these citations. {notice}

`datapackage.json` describes the tables by the Frictionless Data Package specification; `SHA256SUMS` has their digests.
Several values in one cell are joined by `;`; within a value, `\\;` is a semicolon and `\\\\` a backslash.
An empty cell is unknown. Dates are ISO 8601, as precise as their source. A cell
that could be taken for a formula has an apostrophe in front.

## Sources

{sources}
"""


@dataclass
class _Package:
    """The zip file while it is written."""

    archive: ZipFile
    sums: dict[str, str] = field(default_factory=dict)
    described: list[dict[str, Any]] = field(default_factory=list)

    async def add(self, path: str, pieces: AsyncIterator[bytes]) -> tuple[int, str]:
        """Write one file piece by piece. Return its size and digest."""
        digest, size = hashlib.sha256(), 0
        with self.archive.open(_entry(path), "w", force_zip64=True) as written:
            async for piece in pieces:
                written.write(piece)
                digest.update(piece)
                size += len(piece)
        self.sums[path] = digest.hexdigest()
        return size, digest.hexdigest()

    async def add_table(self, name: str, title: str, fields: Sequence[Column], rows: AsyncIterator[Sequence[Any]]) -> None:
        """Write one table and its descriptor."""
        path = f"data/{name}.csv"
        size, digest = await self.add(path, _csv([column["name"] for column in fields], rows))
        schema = {"fields": list(fields), "missingValues": [""]}
        about = {"name": name, "path": path, "title": title, "profile": "tabular-data-resource", "format": "csv"}
        form = {"mediatype": "text/csv", "encoding": "utf-8", "bytes": size, "hash": f"sha256:{digest}", "schema": schema}
        self.described.append(about | form)


async def write_package(file: IO[bytes], snapshot: Snapshot, catalogue: Catalogue, known: dict[str, Parameters]) -> None:
    """Write the release that a snapshot reads."""
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        package = _Package(archive)
        for resource in catalogue.resources:
            if resource.is_kind or not resource.is_record:
                rows = _rows(snapshot, resource, known[resource.name])
                await package.add_table(resource.name, resource.summary, _fields(resource), rows)
        for flat in (*FLAT_TABLES, *part_tables(catalogue)):
            await package.add_table(flat.name, flat.summary, _texts(flat.columns), flat.rows(snapshot))
        sources = [item async for item in _items(snapshot, catalogue.by_name["sources"], known["sources"])]
        described = _descriptor(snapshot.data_version, package.described, sources)
        await package.add("datapackage.json", _one(orjson.dumps(described, option=orjson.OPT_INDENT_2)))
        await package.add("README.md", _one(_readme(snapshot.data_version, sources).encode()))
        sums = "".join(f"{digest}  {path}\n" for path, digest in sorted(package.sums.items()))
        await package.add("SHA256SUMS", _one(sums.encode()))


async def _rows(snapshot: Snapshot, resource: Resource, known: Parameters) -> AsyncIterator[Sequence[Any]]:
    async for item in _items(snapshot, resource, known):
        yield list(item.values())


async def _items(snapshot: Snapshot, resource: Resource, known: Parameters) -> AsyncIterator[Item]:
    async for chunk in everything(snapshot, resource, known, known.export.model_validate({})):
        for item in chunk:
            yield item


async def _csv(header: Sequence[str], rows: AsyncIterator[Sequence[Any]]) -> AsyncIterator[bytes]:
    """Yield lines in chunks, and let other requests run between them."""
    some = [header]
    async for row in rows:
        some.append(row)
        if len(some) >= CHUNK:
            yield csv_lines(some)
            await asyncio.sleep(0)
            some = []
    yield csv_lines(some)


async def _one(content: bytes) -> AsyncIterator[bytes]:
    yield content


def _fields(resource: Resource) -> list[dict[str, Any]]:
    return [
        {"name": name, "type": _type(resource, name), "description": resource.schema.model_fields[name].description}
        for name in resource.fields
    ]


def _type(resource: Resource, name: str) -> str:
    """Return the Table Schema type. Dates of reduced precision and lists are strings."""
    made = resource.fields[name]
    if made.of is not None or made.precision is not None:
        return "string"
    return is_number(made.expression) or "string"


def _texts(columns: Sequence[str]) -> list[dict[str, Any]]:
    return [{"name": name, "type": "string"} for name in columns]


def _descriptor(version: str, tables: list[dict[str, Any]], sources: list[dict[str, Any]]) -> dict[str, Any]:
    shown = [{"title": source["name"]} | ({"path": source["url"]} if source["url"] else {}) for source in sources]
    about = {"name": "casebook", "title": "Casebook", "version": version, "profile": "tabular-data-package"}
    return about | {"description": NOTICE, "sources": shown, "resources": tables}


def _readme(version: str, sources: list[dict[str, Any]]) -> str:
    lines = [
        f"- `{source['slug']}`: {source['name']}. Licence: {source['licence'] or 'not stated'}. {source['attribution'] or ''}"
        for source in sources
    ]
    return README.format(version=version, notice=NOTICE, sources="\n".join(line.rstrip() for line in lines))


def _entry(path: str) -> ZipInfo:
    entry = ZipInfo(path, EPOCH)
    entry.compress_type = ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry
