"""The files of seed_data as plain values: every scalar is text, and every entry knows its file and place for error messages.

Knows the layout of a pack, not what its records mean.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from app.loader.layout import MANIFEST, SINGLE_MAPPINGS, is_seed, known_files, misplaced_files, pack_folders, printable
from app.loader.yaml_text import MAX_VALUES, parse_yaml
from app.model.catalogue import Catalogue
from app.model.error import Mistake
from app.model.text import normalize_text, unseen_character

MAX_LABEL = 150
MAX_BYTES = 64 * 2**20
MAX_CELL = 131_072
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}


@dataclass(frozen=True)
class Entry:
    """One entry of a seed file: a mapping of a YAML file or a row of a CSV file."""

    file: str
    label: str
    """The entry in error messages: its slug, its `adds_to`, its position or its line; empty where the file is one mapping."""
    fields: dict[str, Any]
    is_row: bool = False
    reported: frozenset[str] = frozenset()
    """Fields that could not be made from the row, which has been reported: other mistakes in them follow from that."""

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
    """Read every pack of the folder; add what cannot be read, and what would not be read, to `mistakes`."""
    if not folder.is_dir():
        msg = "is not a folder: set CASEBOOK_SEED_DATA to the folder of the packs"
        mistakes.append(Mistake(file=printable(folder), msg=msg))
        return []
    known = known_files(catalogue)
    try:
        mistakes += misplaced_files(folder, known)
        packs = [_read_pack(path, folder, known, mistakes) for path in pack_folders(folder)]
    except OSError as error:
        mistakes.append(Mistake(file=printable(error.filename or folder), msg=f"cannot be read: {error.strerror}"))
        return []
    if not packs and not mistakes:
        mistakes.append(Mistake(file=printable(folder), msg="contains no pack: a pack is a folder with a pack.yaml"))
    return packs


def _read_pack(path: Path, folder: Path, known: Sequence[str], mistakes: list[Mistake]) -> Pack:
    pack = Pack(path.name, Entry(f"{path.name}/{MANIFEST}", "", {}))
    for file in sorted(file for file in path.iterdir() if is_seed(file) and file.name in known):
        name = printable(file.relative_to(folder))
        try:
            entries = (_read_yaml if file.suffix == ".yaml" else _read_csv)(file, name, mistakes)
        except (ValueError, OSError) as error:
            msg = f"cannot be read: {error.strerror}" if isinstance(error, OSError) else str(error)
            mistakes.append(Mistake(file=name, msg=msg))
            continue
        entries = [_cleaned(entry, mistakes) for entry in entries]
        if file.name == MANIFEST:
            pack.manifest = entries[0] if entries else pack.manifest
        else:
            pack.entries.setdefault(file.stem, []).extend(entries)
    return pack


def _read_yaml(file: Path, name: str, mistakes: list[Mistake]) -> list[Entry]:
    content = parse_yaml(_read_text(file))
    is_single = file.name in SINGLE_MAPPINGS
    records = [content] if is_single else content
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        msg = "must be one mapping" if is_single else "must be a list of mappings, one a record"
        mistakes.append(Mistake(file=name, msg=msg))
        return []
    if is_single:
        return [Entry(name, "", content)]
    return [Entry(name, _label(record) or f"entry {position}", record) for position, record in enumerate(records, 1)]


def _label(record: Mapping[str, Any]) -> str:
    """Return the slug of an entry, or the id that it adds to; empty if it has none that is text."""
    names = (record.get("slug"), record.get("adds_to"))
    return next((name[:MAX_LABEL] for name in names if isinstance(name, str) and name and unseen_character(name, "") is None), "")


def _read_csv(file: Path, name: str, mistakes: list[Mistake]) -> list[Entry]:
    rows = _numbered_rows(_read_text(file))
    header = [cell.strip() for cell in next(rows, (1, []))[1]]
    if not any(header):
        raise ValueError("must begin with a line of column names")
    _check_header(header)
    rows_and_lines = list(rows)
    while header and not header[-1] and not any("".join(cells[len(header) - 1 :]) for _, cells in rows_and_lines):
        del header[-1]
    if len(set(header)) < len(header) or "" in header:
        mistakes.append(Mistake(file=name, record="line 1", msg="has a column name that is empty or given twice"))
        return []
    entries = []
    for line, cells in rows_and_lines:
        if not any(cells):
            continue
        filled = cells[: len(header)] if not any(cells[len(header) :]) else cells
        if len(filled) != len(header):
            msg = f"has {len(filled)} cells, but the header has {len(header)}: quote a cell that contains a comma"
            mistakes.append(Mistake(file=name, record=f"line {line}", msg=msg))
        else:
            fields = {column: cell for column, cell in zip(header, filled, strict=True) if cell != ""}
            entries.append(Entry(name, f"line {line}", fields, is_row=True))
    return entries


def _check_header(header: Sequence[str]) -> None:
    """Raise ValueError if the file was saved with another separator than the comma."""
    line = "".join(header)
    for separator, words in OTHER_SEPARATORS.items():
        if separator in line and (len(header) == 1 or line.lower().startswith("sep=")):
            raise ValueError(f'separates its cells by {words}: save it with commas, as "CSV UTF-8 (comma delimited)"')


def _numbered_rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows with the number of the first line of each, for a quoted cell may span lines. Blank cells become empty."""
    reader, line, values = csv.reader(io.StringIO(text, newline=""), strict=True), 1, 0
    try:
        for cells in reader:
            values += len(cells)
            if values > MAX_VALUES:
                raise ValueError(f"line {line}: holds more than {MAX_VALUES} cells: divide it among packs")
            yield line, [cell if cell.strip() else "" for cell in cells]
            line = reader.line_num + 1
    except csv.Error as error:
        raise ValueError(f"line {line}: {_csv_reason(str(error))}") from None


def _csv_reason(error: str) -> str:
    """Return the reason of an error of Python's reader in the words of somebody who edits a table."""
    if "field larger" in error:
        return f"has a cell of more than {MAX_CELL} characters: is a quotation mark not closed?"
    if "end of data" in error:
        return "opens a quotation mark that is never closed"
    if "expected after" in error:
        return "has text after a closing quotation mark: double a quotation mark that is part of a cell"
    return f"is not CSV: {error}"


def _read_text(file: Path) -> str:
    if file.stat().st_size > MAX_BYTES:
        raise ValueError(f"is larger than {MAX_BYTES // 2**20} MiB")
    content = file.read_bytes()
    if content.startswith(UTF_16):
        raise ValueError("is UTF-16: save it as UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ValueError(f"line {line}: is not UTF-8: save the file as UTF-8") from None


def _cleaned(entry: Entry, mistakes: list[Mistake]) -> Entry:
    """Return an entry with its texts in NFC; add the characters that nobody can see to `mistakes`."""

    def clean(value: Any, field: str) -> Any:
        if isinstance(value, str):
            text = normalize_text(value.replace("\r\n", "\n").replace("\r", "\n"))
            if char := unseen_character(text):
                mistakes.append(entry.mistake(field, f"contains {char}, which cannot be seen: remove it"))
            return text
        if isinstance(value, list):
            return [clean(item, f"{field}.{index}".lstrip(".")) for index, item in enumerate(value)]
        fields = {}
        for key, item in value.items():
            if char := unseen_character(key, ""):
                mistakes.append(entry.mistake(field, f"has a key that contains {char}, which cannot be seen: remove it"))
                continue
            fields[normalize_text(key)] = clean(item, f"{field}.{key}".lstrip("."))
        return fields

    return replace(entry, fields=clean(entry.fields, ""))
