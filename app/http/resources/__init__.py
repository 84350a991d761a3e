"""The routes that every declared resource gets: list, detail, related, statistics, exports."""
