"""The vocabulary in which everything else is declared. Knows no kind of record, no query and no HTTP."""
