"""Create the table of records rendered as JSON, so that responses are read instead of built."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "served",
        sa.Column("record_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("item", TEXT, nullable=False),
        sa.Column("more", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk_served_record_id")),
        sa.PrimaryKeyConstraint("record_id", name=op.f("pk_served")),
    )
    op.add_column("release", sa.Column("written", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    op.drop_column("release", "written")
    op.drop_table("served")
