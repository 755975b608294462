# One job per (problem, optimizer, candidate, seed); one screening per (problem, optimizer, track).
#
# Tuning runs and evaluation runs differ in their candidates alone. They are two rules because a
# cluster takes many jobs of one group at once, and between these two there are choices and looks.
# The groups are in the profile of the cluster: Snakemake makes a group of each job in a local run
# too, again after every look.


rule tuning_run:
    input:
        unpack(lambda wildcards: STUDY.files_of(run_of(wildcards))),
        arrays=lambda wildcards: arrays_of(
            wildcards.problem, STUDY.part(wildcards.problem, int(wildcards.seed))
        ),
    output:
        # Not update(): a record from before a failure would be taken for up to date.
        record=f"{RESULTS}/runs/{{problem}}/{{optimizer}}/{{candidate}}/seed-{{seed}}.json",
        costs=f"{RESULTS}/costs/{{problem}}/{{optimizer}}/{{candidate}}/seed-{{seed}}.json",
    log:
        f"{RESULTS}/logs/train/{{problem}}/{{optimizer}}/{{candidate}}/seed-{{seed}}.log",
    wildcard_constraints:
        candidate=r"(lr|trial)-[\w.-]+",
    conda:
        ENVIRONMENT
    threads: lambda wildcards: STUDY.threads(wildcards.problem)
    resources:
        # What the entry of the problem says goes before the numbers of runs of a second or so.
        mem_mb=lambda wildcards, attempt: attempt * STUDY.needs(wildcards.problem, "mem_mb", 800),
        runtime=lambda wildcards, attempt: attempt * STUDY.needs(wildcards.problem, "runtime", 3),
        gpus=lambda wildcards: STUDY.needs(wildcards.problem, "gpus", 0),
    params:
        module=lambda wildcards: STUDY.trains_with(wildcards.problem),
        job=lambda wildcards: json.dumps(STUDY.job(run_of(wildcards))),
        # Not a resource: those are whole numbers, and half a second would be none, or no limit.
        time_limit=config["time_limit_seconds"],
        files=lambda wildcards, input: [
            word
            for name in STUDY.files_of(run_of(wildcards))
            for word in (f"--{name}", input[name])
        ],
    shell:
        # exec: the job is a direct child of Snakemake, and ends with it.
        "exec python -m {params.module} --job {params.job:q} {params.files:q}"
        " --record {output.record:q} --costs {output.costs:q}"
        " --time-limit {params.time_limit} > {log:q} 2>&1"


use rule tuning_run as evaluation_run with:
    wildcard_constraints:
        candidate=rf"({'|'.join(STUDY.tracks)})(-\d+)?",


rule tune:
    input:
        study=rules.study.output,
        grids=lambda wildcards: decided(wildcards.problem, GRID_LOOKS),
        data=lambda wildcards: counted_examples(wildcards.problem, STUDY.tuning_seeds[0]),
        records=records_to_choose_from,
    output:
        f"{RESULTS}/tuned/{{problem}}/{{optimizer}}/{{track}}.json",
    log:
        f"{RESULTS}/logs/tune/{{problem}}/{{optimizer}}/{{track}}.log",
    localrule: True
    conda:
        ENVIRONMENT
    params:
        source=digest_of("descent.study.tuning"),
    shell:
        "exec python -m descent.study.tuning {input.study:q} --problem {wildcards.problem:q}"
        " --optimizer {wildcards.optimizer:q} --track {wildcards.track} > {log:q} 2>&1"
