"""The tutorial's ten figures, each made from a run of the optimizers."""

#: The modules, in the tutorial's order; those with a dataset take ``--dataset FOLDER``.
FIGURES: dict[str, str | None] = {
    "learning_rate_adaptation": None,
    "fixed_learning_rates": None,
    "update_by_hand": None,
    "decay_rate": None,
    "quadratic": None,
    "xor_network": None,
    "rosenbrock_two": None,
    "rosenbrock_three": None,
    "mnist": "mnist",
    "reviews": "reviews",
}
