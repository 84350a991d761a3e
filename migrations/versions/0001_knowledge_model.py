"""Create the knowledge model: sources and passages, records of all kinds, predicates, links, citations, countries, releases."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Compared by bytes on both engines, whatever the server's locale.
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def in_order(first: str, last: str, constraint: str) -> sa.CheckConstraint:
    """Return the constraint that the partial date `first` is not after the end of the partial date `last`."""
    start, end, precision = sa.column(first, sa.Date), sa.column(last, sa.Date), sa.column(f"{last}_precision", sa.String)
    same_year = sa.extract("year", start) == sa.extract("year", end)
    same_month = sa.and_(same_year, sa.extract("month", start) == sa.extract("month", end))
    within = sa.or_(sa.and_(precision == "year", same_year), sa.and_(precision == "month", same_month))
    return sa.CheckConstraint(sa.or_(start <= end, within), name=op.f(constraint))


def one_of(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def first_day(name: str, constraint: str) -> sa.CheckConstraint:
    """Return the constraint that a date known only to the month or year is a first day of a month."""
    day = sa.extract("day", sa.column(name, sa.Date))
    return sa.CheckConstraint(sa.or_(sa.column(f"{name}_precision") == "day", day == 1), name=op.f(constraint))


def first_month(name: str, constraint: str) -> sa.CheckConstraint:
    """Return the constraint that a date known only to the year is in January."""
    month = sa.extract("month", sa.column(name, sa.Date))
    return sa.CheckConstraint(sa.or_(sa.column(f"{name}_precision") != "year", month == 1), name=op.f(constraint))


def upgrade() -> None:
    op.create_table(
        "kind",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("path", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_kind")),
        sa.UniqueConstraint("path", name=op.f("uq_kind_path")),
    )
    op.create_table(
        "release",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", TEXT, nullable=False),
        sa.Column("digest", TEXT, nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.CheckConstraint("version <> ''", name=op.f("ck_release_version_not_empty")),
        sa.CheckConstraint("length(digest) = 64", name=op.f("ck_release_digest_is_sha256")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release")),
    )
    op.create_table(
        "source",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column(
            "kind",
            one_of("kind", "article", "official_list", "resolution_collection", "dataset", "report"),
            nullable=False,
        ),
        sa.Column("publisher", TEXT, nullable=True),
        sa.Column("published", sa.Date(), nullable=True),
        sa.Column("published_precision", sa.String(length=5), nullable=True),
        sa.Column("url", TEXT, nullable=True),
        sa.Column("licence", TEXT, nullable=True),
        sa.Column("attribution", TEXT, nullable=True),
        sa.Column("sha256", TEXT, nullable=True),
        sa.CheckConstraint("attribution != ''", name=op.f("ck_source_attribution_not_empty")),
        sa.CheckConstraint("licence != ''", name=op.f("ck_source_licence_not_empty")),
        sa.CheckConstraint("name != ''", name=op.f("ck_source_name_not_empty")),
        first_month("published", "ck_source_published_first_month"),
        first_day("published", "ck_source_published_first_day"),
        sa.CheckConstraint("published_precision IN ('year', 'month', 'day')", name=op.f("ck_source_published_precision")),
        sa.CheckConstraint("publisher != ''", name=op.f("ck_source_publisher_not_empty")),
        sa.CheckConstraint("slug != ''", name=op.f("ck_source_slug_not_empty")),
        sa.CheckConstraint("url != ''", name=op.f("ck_source_url_not_empty")),
        sa.CheckConstraint("(published IS NULL) = (published_precision IS NULL)", name=op.f("ck_source_published_has_precision")),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_source_sha256_is_sha256")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
        sa.UniqueConstraint("slug", name=op.f("uq_source_slug")),
    )
    op.create_table(
        "country",
        sa.Column("iso3", TEXT, nullable=False),
        sa.Column("iso2", TEXT, nullable=False),
        sa.Column("m49", TEXT, nullable=True),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("region", TEXT, nullable=True),
        sa.Column("subregion", TEXT, nullable=True),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("source", TEXT, nullable=False),
        sa.CheckConstraint("name != ''", name=op.f("ck_country_name_not_empty")),
        sa.CheckConstraint("region != ''", name=op.f("ck_country_region_not_empty")),
        sa.CheckConstraint("subregion != ''", name=op.f("ck_country_subregion_not_empty")),
        sa.CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name=op.f("ck_country_whole_point")),
        sa.CheckConstraint(
            "latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180", name=op.f("ck_country_point_on_earth")
        ),
        sa.CheckConstraint("length(iso2) = 2 AND iso2 = upper(iso2)", name=op.f("ck_country_iso2_form")),
        sa.CheckConstraint("length(iso3) = 3 AND iso3 = upper(iso3)", name=op.f("ck_country_iso3_form")),
        sa.CheckConstraint("length(m49) = 3", name=op.f("ck_country_m49_form")),
        sa.ForeignKeyConstraint(["source"], ["source.slug"], name=op.f("fk_country_source")),
        sa.PrimaryKeyConstraint("iso3", name=op.f("pk_country")),
        sa.UniqueConstraint("iso2", name=op.f("uq_country_iso2")),
        sa.UniqueConstraint("m49", name=op.f("uq_country_m49")),
    )
    op.create_table(
        "predicate",
        sa.Column("subject_kind", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("object_kind", TEXT, nullable=False),
        sa.Column("inverse", TEXT, nullable=False),
        sa.Column("meaning", TEXT, nullable=False),
        sa.CheckConstraint("inverse != ''", name=op.f("ck_predicate_inverse_not_empty")),
        sa.CheckConstraint("meaning != ''", name=op.f("ck_predicate_meaning_not_empty")),
        sa.CheckConstraint("name != ''", name=op.f("ck_predicate_name_not_empty")),
        sa.ForeignKeyConstraint(["object_kind"], ["kind.name"], name=op.f("fk_predicate_object_kind")),
        sa.ForeignKeyConstraint(["subject_kind"], ["kind.name"], name=op.f("fk_predicate_subject_kind")),
        sa.PrimaryKeyConstraint("subject_kind", "name", "object_kind", name=op.f("pk_predicate")),
    )
    op.create_table(
        "record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("slug", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("sort_name", TEXT, nullable=False),
        sa.Column("summary", TEXT, nullable=True),
        sa.Column(
            "verification",
            one_of("verification", "disputed", "corroborated", "single_source"),
            nullable=False,
        ),
        sa.CheckConstraint("name != ''", name=op.f("ck_record_name_not_empty")),
        sa.CheckConstraint("slug != ''", name=op.f("ck_record_slug_not_empty")),
        sa.CheckConstraint("summary != ''", name=op.f("ck_record_summary_not_empty")),
        sa.ForeignKeyConstraint(["kind"], ["kind.name"], name=op.f("fk_record_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record")),
        sa.UniqueConstraint("id", "kind", name=op.f("uq_record_id_kind")),
        sa.UniqueConstraint("kind", "slug", name=op.f("uq_record_kind_slug")),
    )
    op.create_index(op.f("ix_record_sort_name"), "record", ["sort_name"], unique=False)
    op.create_index(op.f("ix_record_verification"), "record", ["verification"], unique=False)
    op.create_table(
        "section",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("slug", TEXT, nullable=False),
        sa.Column("heading", TEXT, nullable=False),
        sa.CheckConstraint("heading != ''", name=op.f("ck_section_heading_not_empty")),
        sa.CheckConstraint("slug != ''", name=op.f("ck_section_slug_not_empty")),
        sa.CheckConstraint("position > 0", name=op.f("ck_section_position_from_one")),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_section_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_section")),
        sa.UniqueConstraint("source_id", "id", name=op.f("uq_section_source_id_id")),
        sa.UniqueConstraint("source_id", "position", name=op.f("uq_section_source_id_position")),
        sa.UniqueConstraint("source_id", "slug", name=op.f("uq_section_source_id_slug")),
    )
    op.create_table(
        "actor",
        sa.Column(
            "actor_type",
            one_of(
                "actor_type",
                "international_organization",
                "peacekeeping_force",
                "government",
                "security_force",
                "security_institution",
                "community",
                "civil_society",
                "armed_group",
                "social_group",
                "international_community",
            ),
            nullable=False,
        ),
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", TEXT, server_default="actor", nullable=False),
        sa.CheckConstraint("kind = 'actor'", name=op.f("ck_actor_kind")),
        sa.ForeignKeyConstraint(["id", "kind"], ["record.id", "record.kind"], name=op.f("fk_actor_id_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_actor")),
    )
    op.create_table(
        "alias",
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("slug", TEXT, nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", TEXT, nullable=True),
        sa.CheckConstraint("name != ''", name=op.f("ck_alias_name_not_empty")),
        sa.CheckConstraint("slug != ''", name=op.f("ck_alias_slug_not_empty")),
        sa.ForeignKeyConstraint(["record_id", "kind"], ["record.id", "record.kind"], name=op.f("fk_alias_record_id_kind")),
        sa.PrimaryKeyConstraint("kind", "slug", name=op.f("pk_alias")),
        sa.UniqueConstraint("record_id", "position", name=op.f("uq_alias_record_id_position")),
    )
    op.create_table(
        "case_study",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", TEXT, server_default="case_study", nullable=False),
        sa.CheckConstraint("kind = 'case_study'", name=op.f("ck_case_study_kind")),
        sa.ForeignKeyConstraint(["id", "kind"], ["record.id", "record.kind"], name=op.f("fk_case_study_id_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_study")),
    )
    op.create_table(
        "challenge",
        sa.Column(
            "category",
            one_of("category", "political", "financial", "capability", "security_environment", "coordination", "societal"),
            nullable=False,
        ),
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", TEXT, server_default="challenge", nullable=False),
        sa.CheckConstraint("kind = 'challenge'", name=op.f("ck_challenge_kind")),
        sa.ForeignKeyConstraint(["id", "kind"], ["record.id", "record.kind"], name=op.f("fk_challenge_id_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_challenge")),
    )
    op.create_table(
        "concept",
        sa.Column("definition", TEXT, nullable=False),
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", TEXT, server_default="concept", nullable=False),
        sa.CheckConstraint("definition != ''", name=op.f("ck_concept_definition_not_empty")),
        sa.CheckConstraint("kind = 'concept'", name=op.f("ck_concept_kind")),
        sa.ForeignKeyConstraint(["id", "kind"], ["record.id", "record.kind"], name=op.f("fk_concept_id_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_concept")),
    )
    op.create_table(
        "direction",
        sa.Column(
            "theme",
            one_of("theme", "technology", "partnership", "capacity", "prevention", "integration", "community", "sustainability"),
            nullable=False,
        ),
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", TEXT, server_default="direction", nullable=False),
        sa.CheckConstraint("kind = 'direction'", name=op.f("ck_direction_kind")),
        sa.ForeignKeyConstraint(["id", "kind"], ["record.id", "record.kind"], name=op.f("fk_direction_id_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_direction")),
    )
    op.create_table(
        "event",
        sa.Column("date", sa.Date(), nullable=True),
        sa.Column("date_precision", sa.String(length=5), nullable=True),
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", TEXT, server_default="event", nullable=False),
        first_month("date", "ck_event_date_first_month"),
        first_day("date", "ck_event_date_first_day"),
        sa.CheckConstraint("date_precision IN ('year', 'month', 'day')", name=op.f("ck_event_date_precision")),
        sa.CheckConstraint("kind = 'event'", name=op.f("ck_event_kind")),
        sa.CheckConstraint("(date IS NULL) = (date_precision IS NULL)", name=op.f("ck_event_date_has_precision")),
        sa.ForeignKeyConstraint(["id", "kind"], ["record.id", "record.kind"], name=op.f("fk_event_id_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    op.create_index(op.f("ix_event_date_id"), "event", ["date", "id"], unique=False)
    op.create_table(
        "field_status",
        sa.Column("record_id", sa.Integer(), nullable=False),
        sa.Column("field", TEXT, nullable=False),
        sa.Column(
            "verification",
            one_of("verification", "disputed", "corroborated", "single_source"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk_field_status_record_id")),
        sa.PrimaryKeyConstraint("record_id", "field", name=op.f("pk_field_status")),
    )
    op.create_table(
        "impact",
        sa.Column(
            "beneficiary",
            one_of("beneficiary", "security_forces", "institutions", "communities", "peacekeepers", "state", "region"),
            nullable=False,
        ),
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", TEXT, server_default="impact", nullable=False),
        sa.CheckConstraint("kind = 'impact'", name=op.f("ck_impact_kind")),
        sa.ForeignKeyConstraint(["id", "kind"], ["record.id", "record.kind"], name=op.f("fk_impact_id_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_impact")),
    )
    op.create_table(
        "lesson",
        sa.Column(
            "theme",
            one_of(
                "theme", "local_context", "local_ownership", "inclusivity", "governance", "cooperation", "capacity", "integration"
            ),
            nullable=False,
        ),
        sa.Column("recommendation", TEXT, nullable=False),
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", TEXT, server_default="lesson", nullable=False),
        sa.CheckConstraint("kind = 'lesson'", name=op.f("ck_lesson_kind")),
        sa.CheckConstraint("recommendation != ''", name=op.f("ck_lesson_recommendation_not_empty")),
        sa.ForeignKeyConstraint(["id", "kind"], ["record.id", "record.kind"], name=op.f("fk_lesson_id_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lesson")),
    )
    op.create_table(
        "link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("subject_kind", TEXT, nullable=False),
        sa.Column("predicate", TEXT, nullable=False),
        sa.Column("object_id", sa.Integer(), nullable=False),
        sa.Column("object_kind", TEXT, nullable=False),
        sa.Column(
            "verification",
            one_of("verification", "disputed", "corroborated", "single_source"),
            nullable=False,
        ),
        sa.Column("note", TEXT, nullable=True),
        sa.CheckConstraint("note != ''", name=op.f("ck_link_note_not_empty")),
        sa.CheckConstraint("subject_id <> object_id", name=op.f("ck_link_not_to_itself")),
        sa.ForeignKeyConstraint(
            ["object_id", "object_kind"], ["record.id", "record.kind"], name=op.f("fk_link_object_id_object_kind")
        ),
        sa.ForeignKeyConstraint(
            ["subject_id", "subject_kind"], ["record.id", "record.kind"], name=op.f("fk_link_subject_id_subject_kind")
        ),
        sa.ForeignKeyConstraint(
            ["subject_kind", "predicate", "object_kind"],
            ["predicate.subject_kind", "predicate.name", "predicate.object_kind"],
            name=op.f("fk_link_subject_kind_predicate_object_kind"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link")),
        sa.UniqueConstraint("subject_id", "predicate", "object_id", name=op.f("uq_link_subject_id_predicate_object_id")),
    )
    op.create_index(
        op.f("ix_link_object_id_predicate_subject_id"), "link", ["object_id", "predicate", "subject_id"], unique=False
    )
    op.create_index(
        "uq_link_case_study_examines",
        "link",
        ["subject_id"],
        unique=True,
        sqlite_where=sa.text("subject_kind = 'case_study' AND predicate = 'examines'"),
        postgresql_where=sa.text("subject_kind = 'case_study' AND predicate = 'examines'"),
    )
    op.create_index(
        "uq_link_challenge_part_of",
        "link",
        ["subject_id"],
        unique=True,
        sqlite_where=sa.text("subject_kind = 'challenge' AND predicate = 'part_of'"),
        postgresql_where=sa.text("subject_kind = 'challenge' AND predicate = 'part_of'"),
    )
    op.create_index(
        "uq_link_mechanism_part_of",
        "link",
        ["subject_id"],
        unique=True,
        sqlite_where=sa.text("subject_kind = 'mechanism' AND predicate = 'part_of'"),
        postgresql_where=sa.text("subject_kind = 'mechanism' AND predicate = 'part_of'"),
    )
    op.create_table(
        "mechanism",
        sa.Column(
            "mechanism_type",
            one_of(
                "mechanism_type",
                "joint_training",
                "intelligence_sharing",
                "capacity_building",
                "oversight",
                "partnership",
                "community_engagement",
                "resource_support",
                "technology",
            ),
            nullable=False,
        ),
        sa.Column(
            "role",
            one_of("role", "mechanism", "form", "component"),
            nullable=False,
        ),
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", TEXT, server_default="mechanism", nullable=False),
        sa.CheckConstraint("kind = 'mechanism'", name=op.f("ck_mechanism_kind")),
        sa.ForeignKeyConstraint(["id", "kind"], ["record.id", "record.kind"], name=op.f("fk_mechanism_id_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mechanism")),
    )
    op.create_table(
        "mission",
        sa.Column("acronym", TEXT, nullable=True),
        sa.Column(
            "mission_type",
            one_of("mission_type", "peacekeeping_operation", "special_political_mission", "support_office", "non_un_operation"),
            nullable=False,
        ),
        sa.Column("established", sa.Date(), nullable=True),
        sa.Column("established_precision", sa.String(length=5), nullable=True),
        sa.Column("ended", sa.Date(), nullable=True),
        sa.Column("ended_precision", sa.String(length=5), nullable=True),
        sa.Column(
            "status",
            one_of("status", "active", "closed", "unknown"),
            nullable=True,
        ),
        sa.Column("headquarters", TEXT, nullable=True),
        sa.Column("headquarters_latitude", sa.Double(), nullable=True),
        sa.Column("headquarters_longitude", sa.Double(), nullable=True),
        sa.Column("outcome", TEXT, nullable=True),
        sa.Column("note", TEXT, nullable=True),
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", TEXT, server_default="mission", nullable=False),
        sa.CheckConstraint("acronym != ''", name=op.f("ck_mission_acronym_not_empty")),
        first_month("ended", "ck_mission_ended_first_month"),
        first_day("ended", "ck_mission_ended_first_day"),
        sa.CheckConstraint("ended_precision IN ('year', 'month', 'day')", name=op.f("ck_mission_ended_precision")),
        in_order("established", "ended", "ck_mission_established_not_after_ended"),
        first_month("established", "ck_mission_established_first_month"),
        first_day("established", "ck_mission_established_first_day"),
        sa.CheckConstraint("established_precision IN ('year', 'month', 'day')", name=op.f("ck_mission_established_precision")),
        sa.CheckConstraint("headquarters != ''", name=op.f("ck_mission_headquarters_not_empty")),
        sa.CheckConstraint("kind = 'mission'", name=op.f("ck_mission_kind")),
        sa.CheckConstraint("note != ''", name=op.f("ck_mission_note_not_empty")),
        sa.CheckConstraint("outcome != ''", name=op.f("ck_mission_outcome_not_empty")),
        sa.CheckConstraint("(ended IS NULL) = (ended_precision IS NULL)", name=op.f("ck_mission_ended_has_precision")),
        sa.CheckConstraint(
            "(established IS NULL) = (established_precision IS NULL)", name=op.f("ck_mission_established_has_precision")
        ),
        sa.CheckConstraint(
            "(headquarters_latitude IS NULL) = (headquarters_longitude IS NULL)", name=op.f("ck_mission_whole_point")
        ),
        sa.CheckConstraint(
            "headquarters_latitude BETWEEN -90 AND 90 AND headquarters_longitude BETWEEN -180 AND 180",
            name=op.f("ck_mission_point_on_earth"),
        ),
        sa.ForeignKeyConstraint(["id", "kind"], ["record.id", "record.kind"], name=op.f("fk_mission_id_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mission")),
    )
    op.create_index(op.f("ix_mission_acronym"), "mission", ["acronym"], unique=False)
    op.create_index(op.f("ix_mission_established_id"), "mission", ["established", "id"], unique=False)
    op.create_table(
        "objective",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", TEXT, server_default="objective", nullable=False),
        sa.CheckConstraint("kind = 'objective'", name=op.f("ck_objective_kind")),
        sa.ForeignKeyConstraint(["id", "kind"], ["record.id", "record.kind"], name=op.f("fk_objective_id_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objective")),
    )
    op.create_table(
        "passage",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("section_id", sa.Integer(), nullable=False),
        sa.Column("locator", TEXT, nullable=False),
        sa.Column("paragraph", sa.Integer(), nullable=False),
        sa.Column("sentence", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            one_of("kind", "sentence", "list_item", "lead_in"),
            nullable=False,
        ),
        sa.Column("sha256", TEXT, nullable=False),
        sa.Column("characters", sa.Integer(), nullable=False),
        sa.CheckConstraint("characters > 0", name=op.f("ck_passage_characters_positive")),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_passage_sha256_is_sha256")),
        sa.CheckConstraint("paragraph > 0 AND sentence > 0", name=op.f("ck_passage_counted_from_one")),
        sa.ForeignKeyConstraint(
            ["source_id", "section_id"], ["section.source_id", "section.id"], name=op.f("fk_passage_source_id_section_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passage")),
        sa.UniqueConstraint("section_id", "paragraph", "sentence", name=op.f("uq_passage_section_id_paragraph_sentence")),
        sa.UniqueConstraint("source_id", "id", name=op.f("uq_passage_source_id_id")),
        sa.UniqueConstraint("source_id", "locator", name=op.f("uq_passage_source_id_locator")),
    )
    op.create_table(
        "principle",
        sa.Column(
            "framework",
            one_of("framework", "peacekeeping", "security_sector_reform"),
            nullable=False,
        ),
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", TEXT, server_default="principle", nullable=False),
        sa.CheckConstraint("kind = 'principle'", name=op.f("ck_principle_kind")),
        sa.ForeignKeyConstraint(["id", "kind"], ["record.id", "record.kind"], name=op.f("fk_principle_id_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_principle")),
    )
    op.create_table(
        "resolution",
        sa.Column("symbol", TEXT, nullable=False),
        sa.Column("adopted", sa.Date(), nullable=True),
        sa.Column("adopted_precision", sa.String(length=5), nullable=True),
        sa.Column("agenda", TEXT, nullable=True),
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", TEXT, server_default="resolution", nullable=False),
        first_month("adopted", "ck_resolution_adopted_first_month"),
        first_day("adopted", "ck_resolution_adopted_first_day"),
        sa.CheckConstraint("adopted_precision IN ('year', 'month', 'day')", name=op.f("ck_resolution_adopted_precision")),
        sa.CheckConstraint("agenda != ''", name=op.f("ck_resolution_agenda_not_empty")),
        sa.CheckConstraint("kind = 'resolution'", name=op.f("ck_resolution_kind")),
        sa.CheckConstraint("symbol != ''", name=op.f("ck_resolution_symbol_not_empty")),
        sa.CheckConstraint("(adopted IS NULL) = (adopted_precision IS NULL)", name=op.f("ck_resolution_adopted_has_precision")),
        sa.ForeignKeyConstraint(["id", "kind"], ["record.id", "record.kind"], name=op.f("fk_resolution_id_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resolution")),
        sa.UniqueConstraint("symbol", name=op.f("uq_resolution_symbol")),
    )
    op.create_index(op.f("ix_resolution_adopted_id"), "resolution", ["adopted", "id"], unique=False)
    op.create_table(
        "case_study_part",
        sa.Column("case_study_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            one_of("kind", "context", "mandate", "effort", "challenge", "lesson", "outcome", "conclusion"),
            nullable=False,
        ),
        sa.Column("text", TEXT, nullable=False),
        sa.CheckConstraint("text != ''", name=op.f("ck_case_study_part_text_not_empty")),
        sa.ForeignKeyConstraint(["case_study_id"], ["case_study.id"], name=op.f("fk_case_study_part_case_study_id")),
        sa.PrimaryKeyConstraint("case_study_id", "position", name=op.f("pk_case_study_part")),
    )
    op.create_table(
        "citation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.Integer(), nullable=True),
        sa.Column("link_id", sa.Integer(), nullable=True),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("passage_id", sa.Integer(), nullable=True),
        sa.Column("locator", TEXT, nullable=True),
        sa.Column(
            "stance",
            one_of("stance", "supports", "disputes"),
            nullable=False,
        ),
        sa.Column("about", TEXT, nullable=True),
        sa.Column("note", TEXT, nullable=True),
        sa.CheckConstraint("about != ''", name=op.f("ck_citation_about_not_empty")),
        sa.CheckConstraint("locator != ''", name=op.f("ck_citation_locator_not_empty")),
        sa.CheckConstraint("note != ''", name=op.f("ck_citation_note_not_empty")),
        sa.CheckConstraint("(passage_id IS NULL) <> (locator IS NULL)", name=op.f("ck_citation_at_one_place")),
        sa.CheckConstraint("(record_id IS NULL) <> (link_id IS NULL)", name=op.f("ck_citation_of_one_record_or_link")),
        sa.CheckConstraint("about IS NULL OR record_id IS NOT NULL", name=op.f("ck_citation_about_a_field_of_a_record")),
        sa.ForeignKeyConstraint(["link_id"], ["link.id"], name=op.f("fk_citation_link_id")),
        sa.ForeignKeyConstraint(["record_id"], ["record.id"], name=op.f("fk_citation_record_id")),
        sa.ForeignKeyConstraint(
            ["source_id", "passage_id"], ["passage.source_id", "passage.id"], name=op.f("fk_citation_source_id_passage_id")
        ),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_citation_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_citation")),
    )
    op.create_index(op.f("ix_citation_link_id"), "citation", ["link_id"], unique=False)
    op.create_index(op.f("ix_citation_passage_id"), "citation", ["passage_id"], unique=False)
    op.create_index(op.f("ix_citation_record_id"), "citation", ["record_id"], unique=False)
    op.create_table(
        "mission_conflict",
        sa.Column("mission_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("conflict", TEXT, nullable=False),
        sa.CheckConstraint("\"conflict\" != ''", name=op.f("ck_mission_conflict_conflict_not_empty")),
        sa.ForeignKeyConstraint(["mission_id"], ["mission.id"], name=op.f("fk_mission_conflict_mission_id")),
        sa.PrimaryKeyConstraint("mission_id", "position", name=op.f("pk_mission_conflict")),
    )
    op.create_table(
        "mission_country",
        sa.Column("mission_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("iso3", TEXT, nullable=False),
        sa.ForeignKeyConstraint(["iso3"], ["country.iso3"], name=op.f("fk_mission_country_iso3")),
        sa.ForeignKeyConstraint(["mission_id"], ["mission.id"], name=op.f("fk_mission_country_mission_id")),
        sa.PrimaryKeyConstraint("mission_id", "position", name=op.f("pk_mission_country")),
        sa.UniqueConstraint("mission_id", "iso3", name=op.f("uq_mission_country_mission_id_iso3")),
    )
    op.create_index(op.f("ix_mission_country_iso3_mission_id"), "mission_country", ["iso3", "mission_id"], unique=False)
    op.create_table(
        "mission_lead",
        sa.Column("mission_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "organization",
            one_of("organization", "un", "au", "ecowas", "eu", "g5-sahel", "igad", "multinational", "nato"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["mission_id"], ["mission.id"], name=op.f("fk_mission_lead_mission_id")),
        sa.PrimaryKeyConstraint("mission_id", "position", name=op.f("pk_mission_lead")),
        sa.UniqueConstraint("mission_id", "organization", name=op.f("uq_mission_lead_mission_id_organization")),
    )
    op.create_index(op.f("ix_mission_lead_organization_mission_id"), "mission_lead", ["organization", "mission_id"], unique=False)
    op.create_table(
        "mission_personnel",
        sa.Column("mission_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "personnel",
            one_of("personnel", "troops", "police", "military_observers"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["mission_id"], ["mission.id"], name=op.f("fk_mission_personnel_mission_id")),
        sa.PrimaryKeyConstraint("mission_id", "position", name=op.f("pk_mission_personnel")),
        sa.UniqueConstraint("mission_id", "personnel", name=op.f("uq_mission_personnel_mission_id_personnel")),
    )
    op.create_index(
        op.f("ix_mission_personnel_personnel_mission_id"), "mission_personnel", ["personnel", "mission_id"], unique=False
    )
    op.create_table(
        "mission_task",
        sa.Column("mission_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "task",
            one_of(
                "task",
                "corrections",
                "ddr",
                "elections",
                "human_rights",
                "mine_action",
                "poc",
                "police",
                "rule_of_law_justice",
                "ssr",
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["mission_id"], ["mission.id"], name=op.f("fk_mission_task_mission_id")),
        sa.PrimaryKeyConstraint("mission_id", "position", name=op.f("pk_mission_task")),
        sa.UniqueConstraint("mission_id", "task", name=op.f("uq_mission_task_mission_id_task")),
    )
    op.create_index(op.f("ix_mission_task_task_mission_id"), "mission_task", ["task", "mission_id"], unique=False)
    op.create_table(
        "resolution_subject",
        sa.Column("resolution_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "subject",
            one_of("subject", "security_sector_reform", "military_reform"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["resolution_id"], ["resolution.id"], name=op.f("fk_resolution_subject_resolution_id")),
        sa.PrimaryKeyConstraint("resolution_id", "position", name=op.f("pk_resolution_subject")),
        sa.UniqueConstraint("resolution_id", "subject", name=op.f("uq_resolution_subject_resolution_id_subject")),
    )
    op.create_index(
        op.f("ix_resolution_subject_subject_resolution_id"), "resolution_subject", ["subject", "resolution_id"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_resolution_subject_subject_resolution_id"), table_name="resolution_subject")
    op.drop_table("resolution_subject")
    op.drop_index(op.f("ix_mission_task_task_mission_id"), table_name="mission_task")
    op.drop_table("mission_task")
    op.drop_index(op.f("ix_mission_personnel_personnel_mission_id"), table_name="mission_personnel")
    op.drop_table("mission_personnel")
    op.drop_index(op.f("ix_mission_lead_organization_mission_id"), table_name="mission_lead")
    op.drop_table("mission_lead")
    op.drop_index(op.f("ix_mission_country_iso3_mission_id"), table_name="mission_country")
    op.drop_table("mission_country")
    op.drop_table("mission_conflict")
    op.drop_index(op.f("ix_citation_record_id"), table_name="citation")
    op.drop_index(op.f("ix_citation_passage_id"), table_name="citation")
    op.drop_index(op.f("ix_citation_link_id"), table_name="citation")
    op.drop_table("citation")
    op.drop_table("case_study_part")
    op.drop_index(op.f("ix_resolution_adopted_id"), table_name="resolution")
    op.drop_table("resolution")
    op.drop_table("principle")
    op.drop_table("passage")
    op.drop_table("objective")
    op.drop_index(op.f("ix_mission_established_id"), table_name="mission")
    op.drop_index(op.f("ix_mission_acronym"), table_name="mission")
    op.drop_table("mission")
    op.drop_table("mechanism")
    op.drop_index(
        "uq_link_mechanism_part_of",
        table_name="link",
        sqlite_where=sa.text("subject_kind = 'mechanism' AND predicate = 'part_of'"),
        postgresql_where=sa.text("subject_kind = 'mechanism' AND predicate = 'part_of'"),
    )
    op.drop_index(
        "uq_link_challenge_part_of",
        table_name="link",
        sqlite_where=sa.text("subject_kind = 'challenge' AND predicate = 'part_of'"),
        postgresql_where=sa.text("subject_kind = 'challenge' AND predicate = 'part_of'"),
    )
    op.drop_index(
        "uq_link_case_study_examines",
        table_name="link",
        sqlite_where=sa.text("subject_kind = 'case_study' AND predicate = 'examines'"),
        postgresql_where=sa.text("subject_kind = 'case_study' AND predicate = 'examines'"),
    )
    op.drop_index(op.f("ix_link_object_id_predicate_subject_id"), table_name="link")
    op.drop_table("link")
    op.drop_table("lesson")
    op.drop_table("impact")
    op.drop_table("field_status")
    op.drop_index(op.f("ix_event_date_id"), table_name="event")
    op.drop_table("event")
    op.drop_table("direction")
    op.drop_table("concept")
    op.drop_table("challenge")
    op.drop_table("case_study")
    op.drop_table("alias")
    op.drop_table("actor")
    op.drop_table("section")
    op.drop_index(op.f("ix_record_verification"), table_name="record")
    op.drop_index(op.f("ix_record_sort_name"), table_name="record")
    op.drop_table("record")
    op.drop_table("predicate")
    op.drop_table("country")
    op.drop_table("source")
    op.drop_table("release")
    op.drop_table("kind")
