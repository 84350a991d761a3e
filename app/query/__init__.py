"""Queries: from declarations and parameters to SQL statements, and from rows to items. Knows no kind and no HTTP."""
