"""The files of seed_data as plain values: every scalar is text, every file, record and mistake keeps its place.

Knows the layout of a pack, not what its records mean.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from app.model.catalogue import Catalogue
from app.model.error import Mistake, nearest

MAX_BYTES = 64 * 2**20
SINGLE = ("pack.yaml", "mappings.yaml")
"""Files that are one mapping, where the others are lists."""


@dataclass(frozen=True)
class Entry:
    """One record of a file, as read."""

    file: str
    label: str
    value: dict[str, Any]
    is_row: bool = False
    """Whether it is a row of a CSV file: its label is the line, and its fields are columns."""

    def mistake(self, field: str, msg: str) -> Mistake:
        """What is wrong with a field of it. Of a row, citations come from its `sources`, and links stand in columns."""
        if self.is_row:
            first, *further = field.split(".")
            field = {"cites": "sources", "links": further[0] if further else first}.get(first, first)
        return Mistake(file=self.file, record=self.label, field=field, msg=msg)


@dataclass
class Pack:
    """One folder of seed_data: its entries by file stem, in the order of the files."""

    name: str
    about: Entry
    entries: dict[str, list[Entry]] = field(default_factory=dict)


def read_packs(folder: Path, catalogue: Catalogue, mistakes: list[Mistake]) -> list[Pack]:
    """Every pack of the folder; what cannot be read is added to `mistakes`."""
    if not folder.is_dir():
        mistakes.append(Mistake(file=str(folder), msg="is no folder: set CASEBOOK_SEED_DATA to the folder of the packs"))
        return []
    held = (*catalogue.kinds.values(), *catalogue.tables)
    known = {f"{resource.name}{suffix}" for resource in held for suffix in (".yaml", ".csv")}
    known |= {*SINGLE, "sources.yaml", "sections.csv", "passages.csv"}
    packs = [path.parent for path in sorted(folder.glob("*/pack.yaml"))]
    if not packs:
        mistakes.append(Mistake(file=str(folder), msg="holds no pack: a pack is a folder with a pack.yaml"))
    return [_read_pack(path, folder, sorted(known), mistakes) for path in packs]


def _read_pack(path: Path, folder: Path, known: Sequence[str], mistakes: list[Mistake]) -> Pack:
    pack = Pack(path.name, Entry(f"{path.name}/pack.yaml", "", {}))
    for file in sorted(path.iterdir()):
        name = file.relative_to(folder).as_posix()
        if file.suffix not in {".yaml", ".csv"}:
            continue
        if file.name not in known:
            near = nearest(file.name, known)
            mistakes.append(Mistake(file=name, msg="is not a file of a pack" + (f": did you mean {near[0]}?" if near else "")))
            continue
        entries = (_read_yaml if file.suffix == ".yaml" else _read_csv)(file, name, mistakes)
        if file.name == "pack.yaml":
            pack.about = entries[0] if entries else pack.about
        else:
            pack.entries.setdefault(file.stem, []).extend(entries)
    return pack


def _read_yaml(file: Path, name: str, mistakes: list[Mistake]) -> list[Entry]:
    try:
        value = yaml.load(_text(file), Loader=_TextLoader)  # noqa: S506 - a BaseLoader, which makes only text, lists and mappings
    except (yaml.YAMLError, UnicodeDecodeError, OSError, ValueError) as error:
        mistakes.append(Mistake(file=name, msg=f"cannot be read: {' '.join(str(error).split())}"))
        return []
    records = [value] if file.name in SINGLE else value
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        mistakes.append(Mistake(file=name, msg="must be a list of records, each a mapping"))
        return []
    return [
        Entry(name, str(record.get("slug") or record.get("adds_to") or f"entry {n}"), record)
        for n, record in enumerate(records, 1)
    ]


def _read_csv(file: Path, name: str, mistakes: list[Mistake]) -> list[Entry]:
    try:
        rows = list(_lines(io.StringIO(_text(file), newline="")))
    except (csv.Error, UnicodeDecodeError, OSError, ValueError) as error:
        mistakes.append(Mistake(file=name, msg=f"cannot be read: {error}"))
        return []
    entries, header = [], rows[0][1] if rows else []
    if len(set(header)) < len(header) or "" in header:
        mistakes.append(Mistake(file=name, record="line 1", msg="a column has no name, or the name of another"))
        return []
    for line, cells in rows[1:]:
        if len(cells) != len(header):
            mistakes.append(Mistake(file=name, record=f"line {line}", msg="has more or fewer cells than the header"))
        else:
            known = {column: cell for column, cell in zip(header, cells, strict=True) if cell != ""}
            entries.append(Entry(name, f"line {line}", known, is_row=True))
    return entries


def _lines(text: io.StringIO) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty, each with the line that it begins on."""
    reader, line = csv.reader(text, strict=True), 1
    for cells in reader:
        if cells:
            yield line, cells
        line = reader.line_num + 1


def _text(file: Path) -> str:
    if file.stat().st_size > MAX_BYTES:
        raise ValueError(f"is larger than {MAX_BYTES} bytes")
    return file.read_text(encoding="utf-8")


class _TextLoader(yaml.CBaseLoader):
    """Makes every scalar text, so that `NO` stays a country code and `2001-12` a month; refuses a key given twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        for key in keys:
            if not isinstance(key, str) or keys.count(key) > 1:
                raise ValueError(f"line {node.start_mark.line + 1}: the key {key!r} stands twice or is not text")
        return super().construct_mapping(node, deep)
