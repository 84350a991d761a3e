"""Create the tables of search: texts, words, completions, and the engine's full-text index."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
INDEX = {
    "sqlite": [
        # A contentless table. The loader writes tokens separated by spaces, so the tokenizer has only to split them.
        "CREATE VIRTUAL TABLE search_index USING fts5(name, alias, text, note, content='', tokenize=\"ascii tokenchars '=_'\")",
    ],
    "postgresql": [
        "CREATE TABLE search_index (rowid integer CONSTRAINT pk_search_index PRIMARY KEY"
        " CONSTRAINT fk_search_index_rowid REFERENCES record (id), vector tsvector NOT NULL)",
        "CREATE INDEX ix_search_index_vector ON search_index USING gin (vector)",
    ],
}


def upgrade() -> None:
    op.create_table(
        "document",
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "part",
            sa.Enum("name", "alias", "text", "note", name="part", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("field", TEXT, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.CheckConstraint("position > 0", name=op.f("ck_document_position_from_one")),
        sa.CheckConstraint("field != ''", name=op.f("ck_document_field_not_empty")),
        sa.CheckConstraint("text != ''", name=op.f("ck_document_text_not_empty")),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk_document_record_id")),
        sa.PrimaryKeyConstraint("record_id", "position", name=op.f("pk_document")),
    )
    op.create_table(
        "term",
        sa.Column("word", TEXT, nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.CheckConstraint("records > 0", name=op.f("ck_term_records_positive")),
        sa.CheckConstraint("word != ''", name=op.f("ck_term_word_not_empty")),
        sa.PrimaryKeyConstraint("word", name=op.f("pk_term")),
    )
    op.create_table(
        "completion",
        sa.Column("inside", sa.Boolean(), nullable=False),
        sa.Column("rest", TEXT, nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.CheckConstraint("position > 0", name=op.f("ck_completion_position_from_one")),
        sa.CheckConstraint("rest != ''", name=op.f("ck_completion_rest_not_empty")),
        sa.CheckConstraint("name != ''", name=op.f("ck_completion_name_not_empty")),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk_completion_record_id")),
        sa.PrimaryKeyConstraint("inside", "rest", "record_id", "position", name=op.f("pk_completion")),
    )
    for statement in INDEX[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE search_index")
    op.drop_table("completion")
    op.drop_table("term")
    op.drop_table("document")
