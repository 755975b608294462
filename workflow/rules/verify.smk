# Provenance: what another person needs to regenerate the study. Verification of the results.


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
        multiext(f"{RESULTS}/provenance/", "config.json", "manifest.json", "machines.json"),
        multiext(f"{RESULTS}/provenance/", "source.tar.gz", "README.md"),
    log:
        f"{RESULTS}/logs/provenance.log",
    conda:
        ENVIRONMENT
    params:
        source=digest_of("descent.reproducibility.provenance"),
        readme=file_sha256(PACKAGE / "reproducibility/how_to_reproduce.md"),
    shell:
        "exec python -m descent.reproducibility.provenance {input.study:q} > {log:q} 2>&1"


# The rule has no output, so it runs whenever it is requested, and no input: it makes nothing before
# it compares. The options of its command (--help) set the number of retrained runs and the sample.
rule verify:
    log:
        f"{RESULTS}/logs/verify.log",
    conda:
        ENVIRONMENT
    params:
        folder=RESULTS,
        study=lambda wildcards: json.dumps(STUDY.config),
    shell:
        "python -m descent.reproducibility.verify {params.folder:q} --config {params.study:q}"
        " 2>&1 | tee {log:q}"
