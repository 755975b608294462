"""The page of a study: one file that answers what was asked, with no network."""
