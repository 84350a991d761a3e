"""Telemetry: the context of the current request, metrics, and log formats.

The lowest layer, so that all others can add to the context of a request. Knows no table and no HTTP framework.
"""
