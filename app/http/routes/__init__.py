"""Routes that are written by hand: everything but the lists, details and statistics of resources."""
