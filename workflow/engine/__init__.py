"""What the workflow adds to its engine, Snakemake: a lock that a dead run cannot leave behind."""
