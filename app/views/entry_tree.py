"""The field in which entries of classification lists are chosen: a tree to be searched, of those offered today.

An entry that is offered no more stays where it was chosen, and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from wtforms import SelectMultipleField

from app.i18n.things import language
from app.models import ClassificationEntry, name_in
from app.services import reference_lists


@dataclass
class Node:
    """An entry, under those of which it is a part. `path`: their names, its list's first."""

    value: str
    label: str
    path: tuple[str, ...]
    retired: bool = False
    children: list[Node] = field(default_factory=list)


@dataclass
class Tree:
    """A list with its entries."""

    name: str
    nodes: list[Node] = field(default_factory=list)


class EntryTreeField(SelectMultipleField):
    """What is right in it is decided by the service. `offered` is to be set on the form, in the lists' order."""

    offered: Sequence[ClassificationEntry] = ()
    _known: tuple[frozenset[str], list[Tree]] | None = None

    def __init__(self, label: Any = None, **words: Any) -> None:
        super().__init__(label, choices=(), validate_choice=False, **words)

    def trees(self) -> list[Tree]:
        """The lists with the entries that are offered, and with those that are chosen and no longer offered."""
        chosen = frozenset(str(value) for value in self.data or [])
        if self._known is None or self._known[0] != chosen:
            others = chosen - {str(entry.id) for entry in self.offered}
            retired = reference_lists.retired_entries() if others else ()
            self._known = chosen, trees(self.offered, [entry for entry in retired if str(entry.id) in others])
        return self._known[1]

    def chosen(self) -> list[Node]:
        """The chosen entries in the order of the lists."""
        values = {str(value) for value in self.data or []}
        return [node for tree in self.trees() for node in flat(tree.nodes) if node.value in values]


def trees(offered: Iterable[ClassificationEntry], retired: Iterable[ClassificationEntry] = ()) -> list[Tree]:
    """Entries by list, each under its parent as far as that is one of them. Those that are retired stand last."""
    entries = [*offered, *retired]
    reads = language()
    lists: dict[int, Tree] = {}
    nodes: dict[int, Node] = {}
    for entry in entries:
        tree = lists.setdefault(entry.list_id, Tree(name_in(entry.list.names, reads)))
        nodes[entry.id] = Node(str(entry.id), name_in(entry.names, reads), (tree.name,), not entry.active)
    for entry in entries:
        parent = nodes.get(entry.parent_id) if entry.parent_id else None
        (parent.children if parent else lists[entry.list_id].nodes).append(nodes[entry.id])
    for tree in lists.values():
        _give_paths(tree.nodes, (tree.name,))
    return list(lists.values())


def _give_paths(nodes: Iterable[Node], path: tuple[str, ...]) -> None:
    for node in nodes:
        node.path = path
        _give_paths(node.children, (*path, node.label))


def flat(nodes: Iterable[Node]) -> Iterable[Node]:
    """The nodes with all below them, in the order in which they are shown."""
    for node in nodes:
        yield node
        yield from flat(node.children)
