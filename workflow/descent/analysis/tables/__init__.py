"""The tables of a study: their columns, what fills them, how they are written."""
