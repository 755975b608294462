"""What every room stands on: seeded random numbers, whole files, command lines, classes by name.

It knows nothing of optimizers, problems or studies, and imports no other room.
"""
