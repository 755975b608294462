# Descent: a reproducible benchmark of first-order optimizers.
#
#   snakemake --cores 8                                      the default study
#   snakemake --cores 8 figures                              redraw its figures
#   snakemake --cores 2 --configfile config/smoke.yaml       every step in two minutes, no network
#   snakemake --cores 2 tutorial                             the tutorial's figures
#   snakemake --cores 2 parity                               differences from other libraries
#   snakemake --cores 1 benchmark                            speed, compared with other libraries

from snakemake.utils import min_version

min_version("9.18")


include: "workflow/rules/common.smk"
include: "workflow/rules/fetch.smk"
include: "workflow/rules/prepare.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/aggregate.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/verify.smk"
include: "workflow/rules/tutorial.smk"
include: "workflow/rules/parity.smk"
include: "workflow/rules/benchmark.smk"


rule all:
    default_target: True
    input:
        rules.tables.input,
        rules.tables.output,
        rules.provenance.output,
        rules.cost.output,
        rules.findings.output,
        rules.figures.input,
        rules.report.output,
        rules.lint.output,
    localrule: True
