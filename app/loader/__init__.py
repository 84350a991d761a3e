"""The loader: reads the files under seed_data, checks them, and writes them to a database in one transaction.

Knows no kind of record by name and nothing of HTTP, and writes only to the engine that it is passed.
"""
