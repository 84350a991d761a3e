"""Add names without accents and case to countries and sources, so that they sort as people read: Åland before Albania.

Records have had such a column from the first revision. The values of what is loaded already are computed here; a load
computes its own.
"""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
TABLES = {"country": "iso3", "source": "slug"}


def upgrade() -> None:
    for name, key in TABLES.items():
        op.add_column(name, sa.Column("sort_name", TEXT, server_default="", nullable=False))
        named = sa.table(name, sa.column("name"), sa.column("sort_name"))
        for value in op.get_bind().scalars(sa.select(named.c.name).distinct()).all():
            op.execute(named.update().where(named.c.name == value).values(sort_name=plain(value)))
        op.create_index(op.f(f"ix_{name}_sort_name_{key}"), name, ["sort_name", key])


def downgrade() -> None:
    for name, key in TABLES.items():
        op.drop_index(op.f(f"ix_{name}_sort_name_{key}"), name)
        op.drop_column(name, "sort_name")


def plain(name: str) -> str:
    """Return the name without accents and case, as the loader did at this revision."""
    return "".join(char for char in unicodedata.normalize("NFKD", name) if not unicodedata.combining(char)).casefold()
