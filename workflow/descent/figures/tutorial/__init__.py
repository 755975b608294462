"""The tutorial's ten figures, each made from a run of the optimizers."""

#: The modules, in the tutorial's order; those with a dataset take ``--dataset FOLDER``.
FIGURES: dict[str, str | None] = {
    "figure_01_learning_rate_adaptation": None,
    "figure_02_fixed_learning_rates": None,
    "figure_03_update_by_hand": None,
    "figure_04_decay_rate": None,
    "figure_05_quadratic": None,
    "figure_06_xor_network": None,
    "figure_07_rosenbrock_two": None,
    "figure_08_rosenbrock_three": None,
    "figure_09_mnist": "mnist",
    "figure_10_reviews": "reviews",
}
