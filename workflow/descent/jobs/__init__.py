"""How a job of the workflow starts: as a copy of a prepared process, or in a process of its own.

What a job does is the business of the module that it names.
"""
