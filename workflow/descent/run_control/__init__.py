"""What one run of the workflow needs: a lock, an environment for its jobs, and what it displays.

Snakemake starts all of it in ``workflow/rules/common.smk``; nothing here knows of Snakemake.
"""
