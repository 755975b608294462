"""Claims of the literature, and whether the tables of a study agree with them."""
