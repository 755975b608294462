"""The literature that a study is compared with, and that its methods are taken from."""

from __future__ import annotations

from typing import NamedTuple


class Work(NamedTuple):
    """One published work.

    Attributes
    ----------
    short : str
        How a sentence names it: ``Choi et al. 2019``.
    text : str
        The whole reference, with its DOI or arXiv number if it has one.
    """

    short: str
    text: str


WORKS: dict[str, Work] = {
    "agarwal": Work(
        "Agarwal et al. 2021",
        'R. Agarwal et al., "Deep reinforcement learning at the edge of the statistical '
        'precipice", NeurIPS 2021, arXiv 2108.13264.',
    ),
    "choi": Work(
        "Choi et al. 2019",
        "D. Choi, C. J. Shallue, Z. Nado, J. Lee, C. J. Maddison and G. E. Dahl, "
        '"On empirical comparisons of optimizers for deep learning", 2019, arXiv 1910.05446.',
    ),
    "dahl": Work(
        "Dahl et al. 2023",
        'G. E. Dahl et al., "Benchmarking neural network training algorithms", 2023, '
        "arXiv 2306.07179.",
    ),
    "dolan": Work(
        "Dolan and Moré 2002",
        'E. D. Dolan and J. J. Moré, "Benchmarking optimization software with performance '
        'profiles", Mathematical Programming 91, 2002, arXiv cs/0102001.',
    ),
    "hesterberg": Work(
        "Hesterberg 2015",
        'T. C. Hesterberg, "What teachers should know about the bootstrap", The American '
        "Statistician 69, 2015, arXiv 1411.5279.",
    ),
    "jennison": Work(
        "Jennison and Turnbull 1989",
        'C. Jennison and B. W. Turnbull, "Interim analyses: the repeated confidence interval '
        'approach", Journal of the Royal Statistical Society B 51, 1989.',
    ),
    "johnson": Work(
        "Johnson 1978",
        'N. J. Johnson, "Modified t tests and confidence intervals for asymmetrical '
        'populations", Journal of the American Statistical Association 73, 1978.',
    ),
    "kasimbeg": Work(
        "Kasimbeg et al. 2025",
        'P. Kasimbeg et al., "Accelerating neural network training: an analysis of the AlgoPerf '
        'competition", ICLR 2025, arXiv 2502.15015.',
    ),
    "lecun": Work(
        "LeCun et al. 1998",
        'Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to '
        'document recognition", Proceedings of the IEEE 86, 1998.',
    ),
    "nadeau": Work(
        "Nadeau and Bengio 2003",
        'C. Nadeau and Y. Bengio, "Inference for the generalization error", Machine Learning 52, '
        "2003.",
    ),
    "pang": Work(
        "Pang and Lee 2004",
        'B. Pang and L. Lee, "A sentimental education: sentiment analysis using subjectivity '
        'summarization based on minimum cuts", ACL 2004, arXiv cs/0409058.',
    ),
    "schmidt": Work(
        "Schmidt et al. 2021",
        'R. M. Schmidt, F. Schneider and P. Hennig, "Descending through a crowded valley: '
        'benchmarking deep learning optimizers", ICML 2021, arXiv 2007.01547.',
    ),
    "schneider": Work(
        "Schneider et al. 2019",
        'F. Schneider, L. Balles and P. Hennig, "DeepOBS: a deep learning optimizer benchmark '
        'suite", ICLR 2019, arXiv 1903.05499.',
    ),
    "sivaprasad": Work(
        "Sivaprasad et al. 2020",
        "P. T. Sivaprasad, F. Mai, T. Vogels, M. Jaggi and F. Fleuret, "
        '"Optimizer benchmarking needs to account for hyperparameter tuning", ICML 2020, '
        "arXiv 1910.11758.",
    ),
    "tang": Work(
        "Tang et al. 2020",
        'R. Tang et al., "Showing your work doesn\'t always work", ACL 2020, arXiv 2004.13705.',
    ),
}
