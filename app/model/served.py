"""Records as JSON, rendered by the loader, since they do not change between two loads."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.model.base import Base


class RecordJSON(Base):
    """The JSON of one record, so that responses are read instead of built."""

    __tablename__ = "served"

    record_id: Mapped[int] = mapped_column(ForeignKey("record.id"), primary_key=True, autoincrement=False)
    item: Mapped[str]
    """An object of all fields, as in lists."""
    more: Mapped[str]
    """An object of what the detail has beyond the fields: includes, links and citations."""
