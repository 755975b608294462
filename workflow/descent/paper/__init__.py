"""A study as a paper: its content from the tables, and its typesetting."""
