"""All resources of an application, and which kinds can be linked to which."""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from functools import cached_property

from app.model.resource import Relation, Resource
from app.model.source import Source


class Catalogue:
    """The resources that an application serves, in the order of its documentation."""

    def __init__(
        self,
        resources: Iterable[Resource],
        found_at: str | None = None,
        reserved: Callable[[], Mapping[str, Set[str]]] = dict[str, Set[str]],
    ) -> None:
        self.resources = tuple(resources)
        self.found_at = found_at
        """The import path of this object, `module:name`. Other processes import it, since it cannot be pickled."""
        self._reserved = reserved
        self.by_name = {resource.name: resource for resource in self.resources}

    @cached_property
    def reserved(self) -> Mapping[str, Set[str]]:
        """The names that no item can have, since a route of the application has them, by the resource's name."""
        return self._reserved()

    @cached_property
    def kinds(self) -> dict[str, Resource]:
        """The resources that are kinds of record, by their singular name."""
        return {resource.kind: resource for resource in self.resources if resource.is_kind}

    @cached_property
    def tables(self) -> tuple[Resource, ...]:
        """The resources that are plain tables of facts: neither records nor sources."""
        return tuple(resource for resource in self.resources if not resource.is_record and resource.model is not Source)

    @cached_property
    def relations(self) -> dict[tuple[str, str, str], Relation]:
        """The relations by (subject kind, predicate, object kind): the combinations that links may have."""
        return {
            (kind, relation.name, relation.object_kind): relation
            for kind, resource in self.kinds.items()
            for relation in resource.relations
        }

    def related(self, resource: Resource) -> Sequence[Resource]:
        """Return the kinds whose records can be linked to records of this one, in either direction."""
        pairs = {(subject, object_) for subject, _, object_ in self.relations}
        linked = {object_ for subject, object_ in pairs if subject == resource.kind}
        linked |= {subject for subject, object_ in pairs if object_ == resource.kind}
        return [other for kind, other in self.kinds.items() if kind in linked]
