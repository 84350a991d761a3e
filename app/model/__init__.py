"""The vocabulary of declarations: tables, public schemas, resources. Knows no kind of record, no query and no HTTP."""
