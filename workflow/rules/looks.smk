# Seeds where they are needed: each look at a problem says which optimizers are given more.


def looks(problem):
    """The seeds at which a problem is looked at."""
    return [look.seeds for look in STUDY.looks_of(problem, STUDY.track)]


def decide(problem, seeds):
    """Let the study know what a look decided; raises until it is done, when the engine asks again."""
    decided = checkpoints.look.get(problem=problem, seeds=seeds).output[0]
    with decided.open() as file:  # brought, if files are not shared
        STUDY.decide(problem, seeds, file.read())
    return decided


def earlier_looks(wildcards):
    """What the looks at a problem before this one decided."""
    seeds = int(wildcards.seeds)
    return [decide(wildcards.problem, look) for look in looks(wildcards.problem) if look < seeds]


def counted_examples(problem):
    """What says how many test examples a problem has."""
    part = STUDY.part(problem, STUDY.evaluation_seeds[0])
    return STUDY.dataset_manifest(problem, part) or []


def records_to_look_at(wildcards):
    """The evaluated runs of a problem up to a look, by what the looks before it decided."""
    seeds = int(wildcards.seeds)
    earlier_looks(wildcards)
    return STUDY.record_paths(
        run
        for optimizer in STUDY.optimizers
        for run in STUDY.evaluation_runs(wildcards.problem, optimizer, STUDY.track, seeds)
    )


def added(paths):
    """The `paths` of the runs that looks have added, once every look is done."""

    def files(wildcards):
        for problem in STUDY.problems:
            for seeds in looks(problem)[:-1]:
                decide(problem, seeds)
        first = set(STUDY.first_runs())
        return paths([run for run in STUDY.runs() if run not in first])

    return files


checkpoint look:
    input:
        study=rules.study.output,
        data=lambda wildcards: counted_examples(wildcards.problem),
        earlier=earlier_looks,
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
        "exec python -m descent.analysis.verdicts.look {input.study:q} --problem {wildcards.problem:q}"
        " --seeds {wildcards.seeds} > {log:q} 2>&1"
