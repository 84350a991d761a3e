"""The layout of seed_data: which files are read, which are no seed, and which are near misses.

Imports little, since every start of a server looks at the files.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from app.loader.suggestion import did_you_mean
from app.model.catalogue import Catalogue
from app.model.error import Mistake, SeedError

MANIFEST = "pack.yaml"
SUFFIXES = (".yaml", ".csv")
SINGLE_MAPPINGS = (MANIFEST, "mappings.yaml")
"""Files that hold one mapping; all other YAML files hold a list of mappings."""
SEED_SUFFIXES = {
    *SUFFIXES, ".yml", ".json", ".jsonl", ".toml", ".xml", ".tsv", ".tab", ".xls", ".xlsx", ".ods", ".numbers", ".zip", ".gz"
}  # fmt: skip
"""Suffixes of files that somebody may take for seed. Outside of packs, files with other suffixes are left alone."""
DOCUMENT_SUFFIXES = {".md", ".rst", ".txt", ".pdf", ".html"}
DOCUMENTS = {"license", "licence", "notice", "copying", "readme", "makefile"}
SCHEMAS = "schemas"
"""The folder of the published JSON Schemas."""
SYSTEM_FILES = {"thumbs.db", "desktop.ini", "__macosx"}


def is_ignored(name: str) -> bool:
    """Return True for hidden files, and for the locks and backups that editors and spreadsheets leave beside a file."""
    return name.startswith((".", "~$", "#")) or name.endswith(("~", "#")) or name.lower() in SYSTEM_FILES


def printable(path: Path | str) -> str:
    """Return a path that can be printed, even if its name is not UTF-8."""
    return os.fsencode(path).decode(errors="backslashreplace")


def pack_folders(folder: Path) -> list[Path]:
    """Return the packs: the folders with a pack.yaml, sorted."""
    return [path.parent for path in sorted(folder.glob(f"*/{MANIFEST}")) if not is_ignored(path.parent.name)]


def seed_files(folder: Path) -> list[Path]:
    """Return every file that a release is made from, sorted."""
    return sorted(path for pack in pack_folders(folder) for path in pack.iterdir() if is_seed(path))


def is_seed(path: Path) -> bool:
    """Return True for a file that is read, if its name is one that a pack can have."""
    return path.suffix in SUFFIXES and not is_ignored(path.name) and path.is_file()


def known_files(catalogue: Catalogue) -> list[str]:
    """Return the names that a pack's files can have."""
    resources = (*catalogue.kinds.values(), *catalogue.tables)
    names = {f"{resource.name}{suffix}" for resource in resources for suffix in SUFFIXES}
    return sorted(names | {*SINGLE_MAPPINGS, "sources.yaml", "sections.csv", "passages.csv"})


def misplaced_files(folder: Path, known: Sequence[str]) -> Iterator[Mistake]:
    """Yield a mistake for everything that looks like seed and would not be read."""
    packs = pack_folders(folder)
    for path in _visible(folder):
        name = printable(path.relative_to(folder))
        if path in packs:
            yield from _misplaced_in_pack(path, folder, known)
        elif not path.is_dir():
            if path.suffix.lower() in SEED_SUFFIXES:
                yield Mistake(file=name, msg="is in no pack: move it into a folder with a pack.yaml")
        elif path.name != SCHEMAS and (file := _first_seed(path)):
            hint = ": rename it to pack.yaml" if file.stem.lower() == "pack" else ""
            inside = printable(file.relative_to(path))
            yield Mistake(file=name, msg=f"has no pack.yaml, so that {inside} would not be read{hint}")


def require_nothing_misplaced(folder: Path, catalogue: Catalogue) -> None:
    """Raise SeedError if something looks like seed and would not be read: it is not part of the digest of the files."""
    mistakes = list(misplaced_files(folder, known_files(catalogue))) if folder.is_dir() else []
    if mistakes:
        raise SeedError(mistakes)


def _misplaced_in_pack(pack: Path, folder: Path, known: Sequence[str]) -> Iterator[Mistake]:
    stems = {name.partition(".")[0] for name in known}
    for path in _visible(pack):
        name = printable(path.relative_to(folder))
        if path.name in known:
            if not path.is_file():
                yield Mistake(file=name, msg="must be a file" + (", not a folder" if path.is_dir() else ""))
        elif path.is_dir():
            if file := _first_seed(path):
                yield Mistake(file=name, msg=f"is a folder within a pack, so that {printable(file.name)} would not be read")
        elif path.name.lower().partition(".")[0] in stems or not _is_document(path):
            yield Mistake(file=name, msg="is not a file that a pack can have" + did_you_mean(printable(path.name), known))


def _is_document(path: Path) -> bool:
    return path.suffix.lower() in DOCUMENT_SUFFIXES or path.stem.lower() in DOCUMENTS


def _visible(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if not is_ignored(path.name))


def _first_seed(folder: Path) -> Path | None:
    """Return the first file of a folder, or of folders in it, that looks like seed."""
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not is_ignored(name))
        for name in sorted(files):
            if not is_ignored(name) and Path(name).suffix.lower() in SEED_SUFFIXES:
                return Path(parent, name)
    return None
