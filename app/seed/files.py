"""The files of seed_data as plain values: every scalar is text, every file, record and mistake keeps its place.

Knows the layout of a pack, not what its records mean.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from app.catalog.catalogue import Catalogue
from app.catalog.error import Mistake, nearest

MAX_BYTES = 64 * 2**20


@dataclass(frozen=True)
class Entry:
    """One record of a file, as read."""

    file: str
    label: str
    value: dict[str, Any]


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
    known = {f"{resource.name}.yaml" for resource in catalogue.kinds.values()}
    known |= {f"{resource.name}.csv" for resource in catalogue.tables}
    known |= {"pack.yaml", "sources.yaml", "sections.csv", "passages.csv"}
    packs = [path.parent for path in sorted(folder.glob("*/pack.yaml"))]
    if not packs:
        mistakes.append(Mistake(file=str(folder), msg="holds no pack: a pack is a folder with a pack.yaml"))
    return [_read_pack(path, folder, sorted(known), mistakes) for path in packs]


def pack_files(folder: Path) -> Sequence[Path]:
    """Every file that the database is built from, in a fixed order."""
    return sorted(
        path for path in folder.glob("*/*") if path.suffix in {".yaml", ".csv"} and (path.parent / "pack.yaml").is_file()
    )


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
            pack.entries[file.stem] = entries
    return pack


def _read_yaml(file: Path, name: str, mistakes: list[Mistake]) -> list[Entry]:
    try:
        value = yaml.load(_text(file), Loader=_TextLoader)  # noqa: S506 - a BaseLoader, which makes only text, lists and mappings
    except (yaml.YAMLError, UnicodeDecodeError, OSError, ValueError) as error:
        mistakes.append(Mistake(file=name, msg=f"cannot be read: {' '.join(str(error).split())}"))
        return []
    records = [value] if file.name == "pack.yaml" else value
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        mistakes.append(Mistake(file=name, msg="must be a list of records, each a mapping"))
        return []
    return [
        Entry(name, str(record.get("slug") or record.get("adds_to") or f"entry {n}"), record)
        for n, record in enumerate(records, 1)
    ]


def _read_csv(file: Path, name: str, mistakes: list[Mistake]) -> list[Entry]:
    try:
        rows = list(csv.DictReader(_text(file).splitlines(), strict=True))
    except (csv.Error, UnicodeDecodeError, OSError, ValueError) as error:
        mistakes.append(Mistake(file=name, msg=f"cannot be read: {error}"))
        return []
    entries = []
    for line, row in enumerate(rows, 2):
        if None in row or None in row.values():
            mistakes.append(Mistake(file=name, record=f"line {line}", msg="has more or fewer cells than the header"))
        else:
            entries.append(Entry(name, f"line {line}", {key: value for key, value in row.items() if value != ""}))
    return entries


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
