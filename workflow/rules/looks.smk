# Seeds where they are needed: each look at a problem says which optimizers are given more.


def looks(problem):
    """The seeds at which a problem is looked at."""
    return [look.seeds for look in STUDY.looks_of(problem, STUDY.track)]


def records_to_look_at(wildcards):
    """The evaluated runs of a problem up to a look, by what the looks before it decided."""
    seeds = int(wildcards.seeds)
    for earlier in [look for look in looks(wildcards.problem) if look < seeds]:
        # raises until that look is done; the engine then asks again
        checkpoints.look.get(problem=wildcards.problem, seeds=earlier)
    return [
        STUDY.record_path(run)
        for optimizer in STUDY.optimizers
        for run in STUDY.evaluation_runs(wildcards.problem, optimizer, STUDY.track, seeds)
    ]


def added(path):
    """What the runs that looks have added leave at `path`, once every look is done."""

    def files(wildcards):
        for problem in STUDY.problems:
            for seeds in looks(problem)[:-1]:
                checkpoints.look.get(problem=problem, seeds=seeds)
        first = set(STUDY.first_runs())
        return [path(run) for run in STUDY.runs() if run not in first]

    return files


checkpoint look:
    input:
        study=rules.study.output,
        records=records_to_look_at,
    output:
        f"{RESULTS}/looks/{{problem}}/{{seeds}}.json",
    log:
        f"{RESULTS}/logs/looks/{{problem}}/{{seeds}}.log",
    wildcard_constraints:
        seeds="|".join(sorted({str(seeds) for p in STUDY.problems for seeds in looks(p)})),
    localrule: True
    conda:
        ENVIRONMENT
    params:
        source=digest_of("descent.analysis.verdicts.look"),
    shell:
        "python -m descent.analysis.verdicts.look {input.study:q} --problem {wildcards.problem:q}"
        " --seeds {wildcards.seeds} > {log:q} 2>&1"
