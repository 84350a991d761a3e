"""What was loaded, and when: one row a load; the newest names the data version."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, DateTime
from sqlalchemy.orm import Mapped, mapped_column

from app.catalog.base import Base, is_digest


class Release(Base):
    """One load of seed_data. `version` is the beginning of `digest`, so equal data has an equal version everywhere."""

    __tablename__ = "release"
    __table_args__ = (CheckConstraint("version <> ''", name="version_not_empty"), is_digest("digest"))

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[str]
    digest: Mapped[str]
    loaded_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    counts: Mapped[dict[str, int]] = mapped_column(JSON)
