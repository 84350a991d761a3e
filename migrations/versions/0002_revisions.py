"""Create the revisions of all items, so that a mirror can ask for the changes since a release."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
ENDLESS, ENDED = sa.text("ended IS NULL"), sa.text("ended IS NOT NULL")


def upgrade() -> None:
    op.add_column("release", sa.Column("kept", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "revision",
        sa.Column("id", TEXT, nullable=False),
        sa.Column("begun", sa.Integer(), nullable=False),
        sa.Column("ended", sa.Integer(), nullable=True),
        sa.Column("digests", TEXT, nullable=False),
        sa.CheckConstraint("digests != ''", name=op.f("ck_revision_digests_not_empty")),
        sa.CheckConstraint("ended > begun", name=op.f("ck_revision_ends_after_it_begins")),
        sa.CheckConstraint("id != ''", name=op.f("ck_revision_id_not_empty")),
        sa.ForeignKeyConstraint(["begun"], ["release.id"], name=op.f("fk_revision_begun")),
        sa.ForeignKeyConstraint(["ended"], ["release.id"], name=op.f("fk_revision_ended")),
        sa.PrimaryKeyConstraint("id", "begun", name=op.f("pk_revision")),
    )
    op.create_index(op.f("ix_revision_begun"), "revision", ["begun"], unique=False)
    op.create_index(op.f("ix_revision_ended"), "revision", ["ended"], unique=False, sqlite_where=ENDED, postgresql_where=ENDED)
    op.create_index("uq_revision_current", "revision", ["id"], unique=True, sqlite_where=ENDLESS, postgresql_where=ENDLESS)
    op.create_index(op.f("ix_mission_ended_id"), "mission", ["ended", "id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_mission_ended_id"), table_name="mission")
    op.drop_index("uq_revision_current", table_name="revision", sqlite_where=ENDLESS, postgresql_where=ENDLESS)
    op.drop_index(op.f("ix_revision_ended"), table_name="revision", sqlite_where=ENDED, postgresql_where=ENDED)
    op.drop_index(op.f("ix_revision_begun"), table_name="revision")
    op.drop_table("revision")
    op.drop_column("release", "kept")
