"""Invented records in any number, to test and measure with. Never runs in production."""
