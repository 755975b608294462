"""What is minimised, and the table that names it."""
