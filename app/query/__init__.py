"""Declarations and parameters into statements, rows into answers. Knows no kind and no HTTP."""
