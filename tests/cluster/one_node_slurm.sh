#!/usr/bin/env bash
# A Slurm of one node, all of it in one folder: authentication, controller, node, state and logs.
# Nothing outside of the folder is written, so Snakemake elsewhere on the machine meets no Slurm.
#
#   one_node_slurm.sh start FOLDER [CORES]   CORES of which the scheduler knows, 8 by default; they
#                                            need not exist, for jobs that sleep
#   one_node_slurm.sh stop FOLDER
#
# Commands find it by SLURM_CONF=FOLDER/slurm.conf. Needs slurmctld, slurmd and munged, as root.
set -euo pipefail
export PATH=$PATH:/usr/sbin

action=${1:?start or stop} folder=$(realpath -m "${2:?a folder}") cores=${3:-8}
export SLURM_CONF=$folder/slurm.conf
node=$(hostname -s)

unused_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

configure() {
    cat >"$SLURM_CONF" <<CONF
ClusterName=one-node
SlurmctldHost=$node(127.0.0.1)
SlurmctldPort=$(unused_port)
SlurmdPort=$(unused_port)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge.socket
CredType=cred/munge
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
# No accounting data base and no control groups: processes are found by their parents.
AccountingStorageType=accounting_storage/none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
# Decisions at once, where a cluster takes half a minute.
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
DefMemPerCPU=256
KillWait=2
MinJobAge=600
ReturnToService=2
SlurmdParameters=config_overrides
NodeName=$node NodeAddr=127.0.0.1 CPUs=$cores RealMemory=16000 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
}

wait_for() { # wait_for WHAT COMMAND...: at most ten seconds
    local what=$1
    shift
    for _ in $(seq 100); do
        "$@" >/dev/null 2>&1 && return
        sleep 0.1
    done
    echo "$what does not answer. Its log is in $folder." >&2
    exit 1
}

end() { # end NAME: by the process id that it left, and wait until it is gone
    local file=$folder/$1.pid process
    [[ -f $file ]] || return 0
    process=$(cat "$file")
    kill "$process" 2>/dev/null || true
    for _ in $(seq 100); do
        kill -0 "$process" 2>/dev/null || break
        sleep 0.1
    done
    rm -f "$file"
}

is_idle() { sinfo --noheader --format %t | grep -qE 'idle|mix|alloc'; }

case $action in
start)
    mkdir -p "$folder"/{state,spool}
    chmod 755 "$folder"
    head -c 1024 /dev/urandom >"$folder/munge.key"
    chmod 400 "$folder/munge.key"
    munged --force --key-file "$folder/munge.key" --socket "$folder/munge.socket" \
        --pid-file "$folder/munged.pid" --log-file "$folder/munged.log" \
        --seed-file "$folder/munged.seed"
    wait_for munged munge --no-input --socket "$folder/munge.socket"
    configure
    slurmctld
    wait_for slurmctld scontrol ping
    slurmd
    wait_for slurmd is_idle
    ;;
stop)
    scancel --user root 2>/dev/null || true
    end slurmd
    end slurmctld
    end munged
    ;;
*)
    echo "start or stop? Received: $action" >&2
    exit 2
    ;;
esac
