"""The page of a study: its template, tables and figures."""
