"""Files under seed_data into rows. Knows no kind, no HTTP, and writes nowhere but to the engine that it is handed."""
