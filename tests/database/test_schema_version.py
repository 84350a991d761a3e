"""The revisions of the schema, read from the migrations without Alembic."""

import shutil
from pathlib import Path

from alembic.script import ScriptDirectory

from app.database.schema_version import MIGRATIONS, head, known_revisions


def test_head_and_known_revisions_are_those_of_alembic() -> None:
    scripts = ScriptDirectory(str(MIGRATIONS))
    assert head() == scripts.get_current_head()
    assert known_revisions() == {script.revision for script in scripts.walk_revisions()}


def test_a_migration_is_recognized_before_it_is_formatted(tmp_path: Path) -> None:
    """Alembic writes its identifiers in single quotes, of which `ruff format` makes double ones."""
    folder = Path(shutil.copytree(MIGRATIONS, tmp_path / "migrations"))
    script = ScriptDirectory(str(folder)).generate_revision("9999", "unformatted")
    assert script is not None
    assert f"down_revision = '{head()}'" in Path(script.path).read_text()
    assert head(folder) == "9999"
    assert known_revisions(folder) == {*known_revisions(), "9999"}
