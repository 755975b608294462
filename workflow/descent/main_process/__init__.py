"""What a run of the workflow needs of its machine: a lock, and an environment for its jobs.

Snakemake starts all of it in ``workflow/rules/common.smk``; nothing here knows of Snakemake.
"""
