"""From the records of a study to what they say: measures, statistics, tables, findings.

It reads records and writes tables. It trains nothing and draws nothing.
"""
