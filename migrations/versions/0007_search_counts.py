"""Create the counts by which PostgreSQL ranks as FTS5 does: tokens in a row of the search index, and rows that hold a token."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

UP = [
    "ALTER TABLE search_index ADD COLUMN tokens integer NOT NULL DEFAULT 0",
    # So that search works on the release that is already loaded, until the next load.
    "UPDATE search_index SET tokens = (SELECT coalesce(sum(cardinality(positions)), 0) FROM unnest(vector))",
    'CREATE TABLE search_index_token (token text COLLATE "C" CONSTRAINT pk_search_index_token PRIMARY KEY,'
    " rows integer NOT NULL)",
    "INSERT INTO search_index_token SELECT word, ndoc FROM ts_stat('SELECT vector FROM search_index')",
    "CREATE TABLE search_index_size (rows integer NOT NULL, tokens bigint NOT NULL)",
    "INSERT INTO search_index_size SELECT count(*), coalesce(sum(tokens), 0) FROM search_index",
]
DOWN = ["DROP TABLE search_index_size", "DROP TABLE search_index_token", "ALTER TABLE search_index DROP COLUMN tokens"]


def upgrade() -> None:
    _on_postgresql(UP)


def downgrade() -> None:
    _on_postgresql(DOWN)


def _on_postgresql(statements: list[str]) -> None:
    if op.get_bind().dialect.name == "postgresql":
        for statement in statements:
            op.execute(statement)
