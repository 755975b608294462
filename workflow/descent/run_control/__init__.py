"""What a run of the workflow needs: a lock, an environment for its jobs, signals, its last words.

Snakemake starts all of it in ``workflow/rules/common.smk``; nothing here knows of Snakemake.
"""
