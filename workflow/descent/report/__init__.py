"""The page of a study: its template, and what it shows of the tables and figures."""
