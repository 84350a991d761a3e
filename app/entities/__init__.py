"""What Casebook knows of. One file a kind, table, public schema and declaration side by side; RESOURCES lists them."""

from app.entities.activity import ACTIVITIES
from app.entities.actor import ACTORS
from app.entities.case_study import CASE_STUDIES
from app.entities.challenge import CHALLENGES
from app.entities.code import CODES
from app.entities.concept import CONCEPTS
from app.entities.country import COUNTRIES
from app.entities.direction import DIRECTIONS
from app.entities.event import EVENTS
from app.entities.impact import IMPACTS
from app.entities.lesson import LESSONS
from app.entities.mechanism import MECHANISMS
from app.entities.mission import MISSIONS
from app.entities.objective import OBJECTIVES
from app.entities.principle import PRINCIPLES
from app.entities.record import RECORDS
from app.entities.resolution import RESOLUTIONS
from app.entities.source import SOURCES

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
