"""Whether this process was told to end, and says so while it still answers. Knows neither who told it nor for how long."""

from threading import Event

IS_ENDING = Event()
