"""From published files to prepared arrays."""
