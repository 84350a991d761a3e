"""All resources together, and which kinds are tied to which. Made once, by the factory that wires the application."""

from collections.abc import Iterable, Sequence
from functools import cached_property

from app.model.resource import Relation, Resource
from app.model.source import Source


class Catalogue:
    """The resources that an application serves, in the order in which it presents them."""

    def __init__(self, resources: Iterable[Resource], found_at: str | None = None) -> None:
        self.resources = tuple(resources)
        self.found_at = found_at
        """Where another process finds the same one (`module:name`), for it cannot be sent."""
        self.by_name = {resource.name: resource for resource in self.resources}

    @cached_property
    def kinds(self) -> dict[str, Resource]:
        """The kinds of record, by their singular name."""
        return {resource.kind: resource for resource in self.resources if resource.is_kind}

    @cached_property
    def tables(self) -> tuple[Resource, ...]:
        """The plain tables of facts: neither records nor sources."""
        return tuple(resource for resource in self.resources if not resource.is_record and resource.model is not Source)

    @cached_property
    def relations(self) -> dict[tuple[str, str, str], Relation]:
        """Every legal (subject kind, predicate, object kind)."""
        return {(kind, rel.name, rel.object_kind): rel for kind, resource in self.kinds.items() for rel in resource.relations}

    def related(self, resource: Resource) -> Sequence[Resource]:
        """The kinds whose records can be tied to records of this one, whichever end they stand at."""
        ends = {(subject, object_) for subject, _, object_ in self.relations}
        tied = {end for subject, end in ends if subject == resource.kind} | {
            end for end, object_ in ends if object_ == resource.kind
        }
        return [other for kind, other in self.kinds.items() if kind in tied]
