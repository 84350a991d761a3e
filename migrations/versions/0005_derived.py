"""Create what the loader computes in advance (counts, samples, lists), and indexes along which lists of any size are read."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "degree",
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.CheckConstraint("records > 0", name=op.f("ck_degree_records_positive")),
        sa.ForeignKeyConstraint(["kind"], ["kind.name"], name=op.f("fk_degree_kind")),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk_degree_record_id")),
        sa.PrimaryKeyConstraint("record_id", "kind", name=op.f("pk_degree")),
    )
    op.create_table(
        "tally",
        sa.Column("resource", TEXT, nullable=False),
        sa.Column("grouping", TEXT, nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.CheckConstraint("grouping != ''", name=op.f("ck_tally_grouping_not_empty")),
        sa.CheckConstraint("resource != ''", name=op.f("ck_tally_resource_not_empty")),
        sa.PrimaryKeyConstraint("resource", "grouping", name=op.f("pk_tally")),
    )
    op.create_table(
        "sample",
        sa.Column("resource", TEXT, nullable=False),
        sa.Column("row_id", sa.Integer(), nullable=False),
        sa.Column("stands_for", sa.Integer(), nullable=False),
        sa.CheckConstraint("resource != ''", name=op.f("ck_sample_resource_not_empty")),
        sa.CheckConstraint("stands_for > 0", name=op.f("ck_sample_stands_for_some")),
        sa.PrimaryKeyConstraint("resource", "row_id", name=op.f("pk_sample")),
    )
    op.create_index(op.f("ix_actor_actor_type_id"), "actor", ["actor_type", "id"], unique=False)
    op.create_index(op.f("ix_alias_name_record_id"), "alias", ["name", "record_id"], unique=False)
    op.create_index(op.f("ix_challenge_category_id"), "challenge", ["category", "id"], unique=False)
    op.create_index(op.f("ix_citation_source_id"), "citation", ["source_id"], unique=False)
    op.create_index(op.f("ix_direction_theme_id"), "direction", ["theme", "id"], unique=False)
    op.create_index(op.f("ix_impact_beneficiary_id"), "impact", ["beneficiary", "id"], unique=False)
    op.create_index(op.f("ix_lesson_theme_id"), "lesson", ["theme", "id"], unique=False)
    op.create_index(
        op.f("ix_link_object_id_subject_kind_subject_id"), "link", ["object_id", "subject_kind", "subject_id"], unique=False
    )
    op.create_index(
        op.f("ix_link_subject_id_object_kind_object_id"), "link", ["subject_id", "object_kind", "object_id"], unique=False
    )
    op.create_index(op.f("ix_mechanism_mechanism_type_id"), "mechanism", ["mechanism_type", "id"], unique=False)
    op.create_index(op.f("ix_mechanism_role_id"), "mechanism", ["role", "id"], unique=False)
    op.create_index(op.f("ix_mission_mission_type_id"), "mission", ["mission_type", "id"], unique=False)
    op.create_index(op.f("ix_mission_status_id"), "mission", ["status", "id"], unique=False)
    op.create_index(op.f("ix_principle_framework_id"), "principle", ["framework", "id"], unique=False)
    op.add_column("source", sa.Column("citations", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("record", sa.Column("lists", sa.JSON(), server_default="{}", nullable=False))
    op.drop_index(op.f("ix_record_sort_name"), table_name="record")
    op.drop_index(op.f("ix_record_verification"), table_name="record")
    op.create_index(op.f("ix_record_sort_name_id"), "record", ["sort_name", "id"], unique=False)
    op.create_index(op.f("ix_record_verification_id"), "record", ["verification", "id"], unique=False)
    op.create_index(op.f("ix_record_kind_sort_name_id"), "record", ["kind", "sort_name", "id"], unique=False)
    op.create_index(op.f("ix_record_kind_verification_id"), "record", ["kind", "verification", "id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_record_kind_verification_id"), table_name="record")
    op.drop_index(op.f("ix_record_kind_sort_name_id"), table_name="record")
    op.drop_index(op.f("ix_record_verification_id"), table_name="record")
    op.drop_index(op.f("ix_record_sort_name_id"), table_name="record")
    op.create_index(op.f("ix_record_verification"), "record", ["verification"], unique=False)
    op.create_index(op.f("ix_record_sort_name"), "record", ["sort_name"], unique=False)
    op.drop_column("record", "lists")
    op.drop_column("source", "citations")
    op.drop_index(op.f("ix_principle_framework_id"), table_name="principle")
    op.drop_index(op.f("ix_mission_status_id"), table_name="mission")
    op.drop_index(op.f("ix_mission_mission_type_id"), table_name="mission")
    op.drop_index(op.f("ix_mechanism_role_id"), table_name="mechanism")
    op.drop_index(op.f("ix_mechanism_mechanism_type_id"), table_name="mechanism")
    op.drop_index(op.f("ix_link_subject_id_object_kind_object_id"), table_name="link")
    op.drop_index(op.f("ix_link_object_id_subject_kind_subject_id"), table_name="link")
    op.drop_index(op.f("ix_lesson_theme_id"), table_name="lesson")
    op.drop_index(op.f("ix_impact_beneficiary_id"), table_name="impact")
    op.drop_index(op.f("ix_direction_theme_id"), table_name="direction")
    op.drop_index(op.f("ix_citation_source_id"), table_name="citation")
    op.drop_index(op.f("ix_challenge_category_id"), table_name="challenge")
    op.drop_index(op.f("ix_actor_actor_type_id"), table_name="actor")
    op.drop_index(op.f("ix_alias_name_record_id"), table_name="alias")
    op.drop_table("sample")
    op.drop_table("tally")
    op.drop_table("degree")
