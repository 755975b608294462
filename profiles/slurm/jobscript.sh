#!/bin/sh
# properties = {properties}
# What Snakemake submits, with one option more: a run that fails stops no other of its submission.
sed 's/ --mode remote/ --keep-going&/' <<'COMMAND' | sh
{exec_job}
COMMAND
