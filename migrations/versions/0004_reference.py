"""Create the tables of reference facts: activities of missions by year, and labels of codes."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
ACTIVITIES = (
    "border_control",
    "child_rights",
    "civil_society_assistance",
    "civilian_protection",
    "control_salw",
    "demilitarization",
    "demining",
    "democratic_institutions",
    "disarmament_demobilization",
    "economic_development",
    "election_assistance",
    "electoral_security",
    "gender",
    "human_rights",
    "humanitarian_relief",
    "justice_sector_reform",
    "legal_reform",
    "local_reconciliation",
    "media",
    "military_reform",
    "national_reconciliation",
    "operations_patrols_interventions",
    "operations_use_of_force",
    "party_assistance",
    "police_reform",
    "prison_reform",
    "public_health",
    "refugee_assistance",
    "reintegration",
    "resources",
    "sexual_violence",
    "state_administration",
    "state_authority",
    "transitional_justice",
    "voter_education",
)
ENGAGEMENTS = (
    "advocate",
    "assist",
    "assist_agents",
    "assist_other",
    "assist_policies",
    "implement",
    "material_support",
    "meeting",
    "monitor",
    "outreach",
    "provide_security",
)


def one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.create_table(
        "code",
        sa.Column("slug", TEXT, nullable=False),
        sa.Column("field", TEXT, nullable=False),
        sa.Column("code", TEXT, nullable=False),
        sa.Column("label", TEXT, nullable=False),
        sa.Column("note", TEXT, nullable=True),
        sa.CheckConstraint("code != ''", name=op.f("ck_code_code_not_empty")),
        sa.CheckConstraint("field != ''", name=op.f("ck_code_field_not_empty")),
        sa.CheckConstraint("label != ''", name=op.f("ck_code_label_not_empty")),
        sa.CheckConstraint("note != ''", name=op.f("ck_code_note_not_empty")),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_code")),
        sa.UniqueConstraint("field", "code", name=op.f("uq_code_field_code")),
    )
    op.create_table(
        "activity",
        sa.Column("slug", TEXT, nullable=False),
        sa.Column("mission", TEXT, nullable=False),
        sa.Column("mission_kind", TEXT, server_default="mission", nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("activity", one_of("activity", *ACTIVITIES), nullable=False),
        sa.Column("engagement", one_of("engagement", *ENGAGEMENTS), nullable=False),
        sa.Column("with_international_actors", sa.Boolean(), nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.CheckConstraint("mission_kind = 'mission'", name=op.f("ck_activity_mission_kind")),
        sa.CheckConstraint(
            "slug = mission || '-' || CAST(year AS TEXT) || '-' || replace(activity, '_', '-')"
            " || '-' || replace(engagement, '_', '-')",
            name=op.f("ck_activity_slug"),
        ),
        sa.CheckConstraint("year BETWEEN 1945 AND 2100", name=op.f("ck_activity_year")),
        sa.ForeignKeyConstraint(
            ["mission_kind", "mission"], ["record.kind", "record.slug"], name=op.f("fk_activity_mission_kind_mission")
        ),
        sa.ForeignKeyConstraint(["source"], ["source.slug"], name=op.f("fk_activity_source")),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_activity")),
    )
    op.create_index(op.f("ix_activity_activity_engagement_year"), "activity", ["activity", "engagement", "year"], unique=False)
    op.create_index(op.f("ix_activity_mission_year"), "activity", ["mission", "year"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_activity_mission_year"), table_name="activity")
    op.drop_index(op.f("ix_activity_activity_engagement_year"), table_name="activity")
    op.drop_table("activity")
    op.drop_table("code")
