"""The files of seed_data as plain values: every scalar is text, and every entry knows its file and place for error messages.

Knows the layout of a pack, not what its records mean.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from app.loader.suggestion import did_you_mean
from app.model.catalogue import Catalogue
from app.model.error import Mistake

MAX_BYTES = 64 * 2**20
SUFFIXES = (".yaml", ".csv")
SINGLE_MAPPINGS = ("pack.yaml", "mappings.yaml")
"""Files that hold one mapping; all other YAML files hold a list of mappings."""


@dataclass(frozen=True)
class Entry:
    """One entry of a seed file: a mapping of a YAML file or a row of a CSV file."""

    file: str
    label: str
    """The entry in error messages: its slug, its `adds_to`, its position or its line; empty where the file is one mapping."""
    fields: dict[str, Any]
    is_row: bool = False

    def mistake(self, field: str, msg: str) -> Mistake:
        """Return a mistake in a field. In a row it names the column that the field was made from."""
        if self.is_row:
            name, *rest = field.split(".")
            columns = {"cites": "sources", "links": rest[0] if rest else name}  # a column of links has the predicate's name
            field = columns.get(name, name)
        return Mistake(file=self.file, record=self.label, field=field, msg=msg)


@dataclass
class Pack:
    """One folder of seed_data: the entry of its pack.yaml, and all other entries by file stem, in the order of the files."""

    name: str
    manifest: Entry
    entries: dict[str, list[Entry]] = field(default_factory=dict)


def read_packs(folder: Path, catalogue: Catalogue, mistakes: list[Mistake]) -> list[Pack]:
    """Read every pack of the folder; add what cannot be read to `mistakes`."""
    if not folder.is_dir():
        mistakes.append(Mistake(file=str(folder), msg="is not a folder: set CASEBOOK_SEED_DATA to the folder of the packs"))
        return []
    packs = [path.parent for path in sorted(folder.glob("*/pack.yaml"))]
    if not packs:
        mistakes.append(Mistake(file=str(folder), msg="contains no pack: a pack is a folder with a pack.yaml"))
    resources = (*catalogue.kinds.values(), *catalogue.tables)
    known = {f"{resource.name}{suffix}" for resource in resources for suffix in SUFFIXES}
    known |= {*SINGLE_MAPPINGS, "sources.yaml", "sections.csv", "passages.csv"}
    return [_read_pack(path, folder, sorted(known), mistakes) for path in packs]


def _read_pack(path: Path, folder: Path, known: Sequence[str], mistakes: list[Mistake]) -> Pack:
    pack = Pack(path.name, Entry(f"{path.name}/pack.yaml", "", {}))
    for file in sorted(path.iterdir()):
        if file.suffix not in SUFFIXES:
            continue
        name = file.relative_to(folder).as_posix()
        if file.name not in known:
            mistakes.append(Mistake(file=name, msg="is not a file that a pack can have" + did_you_mean(file.name, known)))
            continue
        entries = (_read_yaml if file.suffix == ".yaml" else _read_csv)(file, name, mistakes)
        if file.name == "pack.yaml":
            pack.manifest = entries[0] if entries else pack.manifest
        else:
            pack.entries.setdefault(file.stem, []).extend(entries)
    return pack


def _read_yaml(file: Path, name: str, mistakes: list[Mistake]) -> list[Entry]:
    try:
        content = yaml.load(_read_text(file), Loader=_TextLoader)  # noqa: S506 - a BaseLoader: text, lists and mappings only
    except (yaml.YAMLError, UnicodeDecodeError, OSError, ValueError) as error:
        mistakes.append(Mistake(file=name, msg=f"cannot be read: {' '.join(str(error).split())}"))
        return []
    is_single = file.name in SINGLE_MAPPINGS
    records = [content] if is_single else content
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        msg = "must be one mapping" if is_single else "must be a list of mappings, one a record"
        mistakes.append(Mistake(file=name, msg=msg))
        return []
    if is_single:
        return [Entry(name, "", content)]
    return [
        Entry(name, str(record.get("slug") or record.get("adds_to") or f"entry {position}"), record)
        for position, record in enumerate(records, 1)
    ]


def _read_csv(file: Path, name: str, mistakes: list[Mistake]) -> list[Entry]:
    try:
        rows = list(_numbered_rows(io.StringIO(_read_text(file), newline="")))
    except (csv.Error, UnicodeDecodeError, OSError, ValueError) as error:
        mistakes.append(Mistake(file=name, msg=f"cannot be read: {error}"))
        return []
    entries, header = [], rows[0][1] if rows else []
    if len(set(header)) < len(header) or "" in header:
        mistakes.append(Mistake(file=name, record="line 1", msg="has a column name that is empty or given twice"))
        return []
    for line, cells in rows[1:]:
        if len(cells) != len(header):
            msg = f"has {len(cells)} cells, but the header has {len(header)}: quote a cell that contains a comma"
            mistakes.append(Mistake(file=name, record=f"line {line}", msg=msg))
        else:
            known = {column: cell for column, cell in zip(header, cells, strict=True) if cell != ""}
            entries.append(Entry(name, f"line {line}", known, is_row=True))
    return entries


def _numbered_rows(text: io.StringIO) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows that are not empty, each with the number of its first line, for a quoted cell may span lines."""
    reader, line = csv.reader(text, strict=True), 1
    for cells in reader:
        if cells:
            yield line, cells
        line = reader.line_num + 1


def _read_text(file: Path) -> str:
    if file.stat().st_size > MAX_BYTES:
        raise ValueError(f"it is larger than {MAX_BYTES} bytes")
    return file.read_text(encoding="utf-8")


class _TextLoader(yaml.CBaseLoader):
    """A YAML loader that reads every scalar as text: `NO` stays a country code and `2001-12` a month. Refuses repeated keys."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise ValueError(f"line {line}: a key must be text, not a list or a mapping")
            if key.value in seen:
                raise ValueError(f"line {line}: the key {key.value!r} is given twice")
            seen.add(key.value)
        return super().construct_mapping(node, deep)
