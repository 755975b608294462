"""Which runs a study has: its config, plan and files, tuning, status and time estimates.

It plans runs and reads their records. It trains nothing, and does not depend on figures.
"""
