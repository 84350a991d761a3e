"""Index completions by record: without it, PostgreSQL scanned all of them for each record that a load deleted."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_completion_record_id"), "completion", ["record_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_completion_record_id"), "completion")
