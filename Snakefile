# Descent: a reproducible benchmark of first-order optimizers.
#
#   snakemake --cores 8                                      the default study
#   snakemake --cores 8 figures                              redraw its figures
#   snakemake --cores 8 paper                                typeset it as a paper
#   snakemake --cores 2 --configfile config/smoke.yaml       every step on small data, no network
#   snakemake --cores 2 tutorial                             the tutorial's figures
#   snakemake --cores 1 benchmark                            speed, compared with other libraries


include: "workflow/Snakefile"


# Snakemake takes the default target from this file alone.
rule default:
    default_target: True
    input:
        rules.all.input,
    localrule: True
