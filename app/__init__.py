"""Casebook: a knowledge API on peacekeeping and security sector reform."""
