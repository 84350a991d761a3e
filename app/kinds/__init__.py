"""The resources of Casebook: one file each, with table, public schema and declaration. RESOURCES lists them."""

from app.kinds.activity import ACTIVITIES
from app.kinds.actor import ACTORS
from app.kinds.case_study import CASE_STUDIES
from app.kinds.challenge import CHALLENGES
from app.kinds.code import CODES
from app.kinds.concept import CONCEPTS
from app.kinds.country import COUNTRIES
from app.kinds.direction import DIRECTIONS
from app.kinds.event import EVENTS
from app.kinds.impact import IMPACTS
from app.kinds.lesson import LESSONS
from app.kinds.mechanism import MECHANISMS
from app.kinds.mission import MISSIONS
from app.kinds.objective import OBJECTIVES
from app.kinds.principle import PRINCIPLES
from app.kinds.record import RECORDS
from app.kinds.resolution import RESOLUTIONS
from app.kinds.source import SOURCES

RESOURCES = (
    MISSIONS,
    CASE_STUDIES,
    CHALLENGES,
    LESSONS,
    PRINCIPLES,
    MECHANISMS,
    OBJECTIVES,
    IMPACTS,
    DIRECTIONS,
    ACTORS,
    CONCEPTS,
    EVENTS,
    RESOLUTIONS,
    RECORDS,
    ACTIVITIES,
    COUNTRIES,
    CODES,
    SOURCES,
)
