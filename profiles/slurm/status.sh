#!/bin/sh
# Prints whether a submission is running, a success or failed. The accounts of Slurm tell of one that
# its controller has forgotten. While the controller does not answer, it is taken to be running.
state=$(squeue --noheader --states all --jobs "$1" --format %T 2>&1)
case $state in
*'Invalid job id'*)
    state=$(sacct --noheader --allocations --parsable2 --jobs "$1" --format State 2>/dev/null)
    state=${state:-FORGOTTEN}
    ;;
esac
case $state in
COMPLETED) echo success ;;
BOOT_FAIL | CANCELLED* | DEADLINE | FAILED | FORGOTTEN | NODE_FAIL | OUT_OF_MEMORY | PREEMPTED | TIMEOUT)
    echo failed
    echo "Slurm's job $1: $state. Finished runs are kept. Its log: .snakemake/log/slurm-$1.log" >&2
    ;;
*) echo running ;;
esac
