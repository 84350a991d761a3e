"""YAML as plain values: every scalar is text, so that `NO` stays a country code and `2001-12` a month.

The values are built from the events of the parser, on a stack of our own: libyaml's composer calls itself for every level of
nesting, and a file of many brackets would end the process. Aliases count as what they stand for.
"""

from dataclasses import dataclass
from typing import Any

import yaml

MAX_DEPTH = 32
"""Levels of nesting; the files of a pack have 7 at most."""
MAX_VALUES = 1_000_000
"""Values of one file. Each takes about 100 bytes."""


class UnreadableText(ValueError):
    """A file that cannot be read as what its suffix says; the message says where and why."""


@dataclass
class _Node:
    """A value that is being built, or is built and has an anchor."""

    value: Any
    line: int
    anchor: str | None = None
    values: int = 1
    """The values in it, itself included."""
    values_before: int = 0
    """The values of the document before it."""
    depth: int = 1
    """The levels in it, itself included."""
    key: str | None = None
    """For a mapping, the key whose value comes next."""
    key_is_next: bool = True
    """For a mapping, True if a key comes next, not the value of one."""


def parse_yaml(text: str) -> Any:
    """Return the value of a document. Raise UnreadableText if it is not YAML, or repeats a key, or is too deep or too large."""
    try:
        return _Builder().build(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise UnreadableText(f"{place}is not YAML: {error.problem or error.context}") from None
    except (yaml.YAMLError, UnicodeError) as error:
        raise UnreadableText(f"is not YAML: {' '.join(str(error).split())}") from None


class _Builder:
    """Builds the value of one document."""

    def __init__(self) -> None:
        self.root = _Node([], 1)
        self.stack = [self.root]
        self.anchors: dict[str, _Node] = {}
        self.values = 0

    def build(self, text: str) -> Any:
        documents = 0
        for event in yaml.parse(text, Loader=yaml.CBaseLoader):
            line = event.start_mark.line + 1 if event.start_mark else 0
            match event:
                case yaml.DocumentStartEvent():
                    documents += 1
                    if documents > 1:
                        raise UnreadableText(f"line {line}: a second document begins: a file holds one")
                case yaml.ScalarEvent():
                    self._count(1, line)
                    self._add(_Node(event.value, line, event.anchor))
                case yaml.AliasEvent():
                    node = self._aliased(event.anchor or "", line)
                    self._count(node.values, line)
                    self._add(node)
                case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                    self._open(_Node([] if isinstance(event, yaml.SequenceStartEvent) else {}, line, event.anchor))
                case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                    node = self.stack.pop()
                    node.values = self.values - node.values_before
                    self._add(node)
        return self.root.value[0] if self.root.value else None

    def _open(self, node: _Node) -> None:
        parent = self.stack[-1]
        if isinstance(parent.value, dict) and parent.key_is_next:
            raise UnreadableText(f"line {node.line}: a key must be text, not a list or a mapping")
        if len(self.stack) > MAX_DEPTH:
            raise UnreadableText(f"line {node.line}: is nested more than {MAX_DEPTH} levels deep")
        node.values_before = self.values
        self._count(1, node.line)
        self.stack.append(node)

    def _count(self, values: int, line: int) -> None:
        self.values += values
        if self.values > MAX_VALUES:
            raise UnreadableText(f"line {line}: holds more than {MAX_VALUES} values: divide it among packs")

    def _aliased(self, anchor: str, line: int) -> _Node:
        """Return the value of an anchor. Inside of itself it is not complete, and so unknown."""
        if anchor not in self.anchors:
            raise UnreadableText(f"line {line}: *{anchor} stands for nothing that was given before")
        node = self.anchors[anchor]
        if len(self.stack) - 1 + node.depth > MAX_DEPTH:
            raise UnreadableText(f"line {line}: is nested more than {MAX_DEPTH} levels deep")
        return _Node(node.value, line, values=node.values, depth=node.depth)

    def _add(self, node: _Node) -> None:
        """Add a complete value to the list or mapping that it is in."""
        if node.anchor is not None:
            self.anchors[node.anchor] = node
        parent = self.stack[-1]
        if isinstance(parent.value, list):
            parent.value.append(node.value)
        elif parent.key_is_next:
            if not isinstance(node.value, str):
                raise UnreadableText(f"line {node.line}: a key must be text, not a list or a mapping")
            if node.value in parent.value:
                raise UnreadableText(f"line {node.line}: the key {node.value!r} is given twice")
            parent.key, parent.key_is_next = node.value, False
        else:
            parent.value[parent.key], parent.key_is_next = node.value, True
        parent.depth = max(parent.depth, node.depth + 1)
