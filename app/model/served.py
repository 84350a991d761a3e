"""Records as clients get them: made by the loader, for nothing changes between two loads."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.model.base import Base


class RecordJSON(Base):
    """The JSON of one record, so that an answer is read and need not be made."""

    __tablename__ = "served"

    record_id: Mapped[int] = mapped_column(ForeignKey("record.id"), primary_key=True, autoincrement=False)
    item: Mapped[str]
    """With all fields, as in lists."""
    more: Mapped[str]
    """What comes with it beyond them where it is asked for by itself."""
