# Provenance: what another person needs to regenerate the study. Verification of the results.

#: Where the tables to compare with are, the first that is there: a test's, or published ones.
REFERENCES = [
    folder
    for folder in (
        PROJECT / "tests" / "reference" / STUDY.name,
        PROJECT / "docs" / STUDY.name / "tables",
    )
    if folder.is_dir()
]


rule provenance:
    input:
        study=rules.study.output,
        records=rules.tables.input.records,
        added=rules.tables.input.added,
        data=rules.tables.input.data,
        added_data=rules.tables.input.added_data,
        choices=rules.tables.input.choices,
        looks=rules.tables.input.looks,
        tables=rules.tables.output,
    output:
        multiext(
            f"{RESULTS}/provenance/",
            "config.json",
            "manifest.json",
            "machines.json",
            "source.tar.gz",
            "README.md",
        ),
    log:
        f"{RESULTS}/logs/provenance.log",
    conda:
        ENVIRONMENT
    params:
        source=digest_of("descent.reproducibility.provenance"),
    shell:
        "exec python -m descent.reproducibility.provenance {input.study:q} > {log:q} 2>&1"


# The rule has no output, so it runs whenever it is requested. The options of its command (--help)
# set the number of retrained runs, the sample, and the tolerance on another type of machine.
rule verify:
    input:
        provenance=rules.provenance.output,
        study=rules.study.output,
    log:
        f"{RESULTS}/logs/verify.log",
    conda:
        ENVIRONMENT
    params:
        folder=lambda wildcards, input: Path(input.study[0]).parent,
        reference=["--reference", str(REFERENCES[0])] if REFERENCES else [],
    shell:
        "python -m descent.reproducibility.verify {params.folder:q} {params.reference:q}"
        " 2>&1 | tee {log:q}"
