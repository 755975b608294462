# What is not known before a study has run: whether grids grow, and who is given more seeds.


def decided(problem, looks):
    """What looks decided; the study is told. Raises until they are done, when the engine asks again."""
    files = []
    for look in looks:
        if look in STUDY.looks(problem):
            made = checkpoints.look.get(problem=problem, look=look).output[0]
            if not made.is_storage and not Path(made).is_file():  # it is being made again
                checkpoints.created_output.discard(made)
                checkpoints.look.get(problem=problem, look=look)
            files.append(made)
            with made.open() as file:  # brought, if files are not shared
                STUDY.decide(problem, look, file.read())
    return files


def earlier_looks(wildcards):
    """What the looks at a problem before this one decided."""
    looks = STUDY.looks(wildcards.problem)
    return decided(wildcards.problem, looks[: looks.index(wildcards.look)])


def records_to_look_at(wildcards):
    """The records that a look reads, by what the looks before it decided, and costs if limited."""
    earlier_looks(wildcards)
    runs = STUDY.runs_to_look_at(wildcards.problem, wildcards.look)
    limited = STUDY.minutes_for_more_seeds is not None
    return [*STUDY.record_paths(runs), *(STUDY.costs_paths(runs) if limited else [])]


def records_to_choose_from(wildcards):
    """The records of all candidates, once their grid has grown."""
    decided(wildcards.problem, GRID_LOOKS)
    return STUDY.record_paths(
        STUDY.tuning_runs(wildcards.problem, wildcards.optimizer, wildcards.track)
    )


def counted_examples(problem, seed):
    """What says how many examples the splits of a problem have."""
    part = STUDY.part(problem, seed)
    return STUDY.dataset_manifest(problem, part) or []


def added(paths):
    """The `paths` of the runs that looks have added, once every look is done."""

    def files(wildcards):
        for problem in STUDY.trained:
            decided(problem, STUDY.looks(problem))
        first = set(STUDY.first_runs())
        return paths([run for run in STUDY.runs() if run not in first])

    return files


checkpoint look:
    input:
        study=rules.study.output,
        data=lambda wildcards: counted_examples(
            wildcards.problem,
            (STUDY.tuning_seeds if wildcards.look in GRID_LOOKS else STUDY.evaluation_seeds)[0],
        ),
        earlier=earlier_looks,
        records=records_to_look_at,
    output:
        f"{RESULTS}/looks/{{problem}}/{{look}}.json",
    log:
        f"{RESULTS}/logs/looks/{{problem}}/{{look}}.log",
    wildcard_constraints:
        look="|".join(sorted({look for p in STUDY.trained for look in STUDY.looks(p)})) or "none",
    localrule: True
    conda:
        ENVIRONMENT
    params:
        source=digest_of("descent.analysis.look"),
    shell:
        "exec python -m descent.analysis.look {input.study:q} --problem {wildcards.problem:q}"
        " --look {wildcards.look} > {log:q} 2>&1"
