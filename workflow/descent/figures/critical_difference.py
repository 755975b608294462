"""Mean ranks over ten problems or more, and cliques without a significant difference."""

from __future__ import annotations

from descent.analysis.tables.study_tables import StudyTables
from descent.figures import panels, style
from descent.figures.drawing import Drawing

TITLE = "Over all problems, which optimizers differ significantly?"


def draw(tables: StudyTables) -> Drawing:
    """Draw mean ranks, with a bar beside every clique without a significant difference."""
    rows = tables.of("critical_difference", track=tables.track).sort_values("mean_rank")
    names = list(rows["optimizer"])
    height = panels.height_of_rows(tables) + 0.9
    figure = style.new_figure(style.COLUMN_WIDTH, height)
    panels.add_title(figure, TITLE)
    axes = figure.subplots()
    looks = style.palette(tables.optimizers)
    for i, row in enumerate(rows.to_dict("records")):
        look = looks[row["optimizer"]]
        axes.plot([1, row["mean_rank"]], [i, i], color="#E4E4E4", linewidth=0.8, zorder=0)
        axes.plot(row["mean_rank"], i, marker=look.marker, color=look.colour, markersize=5)
        axes.annotate(
            f"{row['mean_rank']:.1f}", (row["mean_rank"], i), (5, 0), textcoords="offset points",
            va="center", fontsize=6.5,
        )  # fmt: skip
    cliques: dict[str, list[int]] = {}
    for i, members in enumerate(rows["cliques"].fillna("").astype(str)):
        for clique in members.replace(".0", "").split():
            cliques.setdefault(clique, []).append(i)
    for k, of_clique in enumerate(cliques.values()):
        x = 0.99 - 0.03 * k
        axes.plot(
            [x, x], [min(of_clique) - 0.25, max(of_clique) + 0.25], color=style.INK, linewidth=2.5,
            transform=axes.get_yaxis_transform(), solid_capstyle="butt",
        )  # fmt: skip
    panels.row_labels(axes, [tables.optimizer_titles[name] for name in names])
    axes.set_xlim(0.7, 1.3 * float(rows["mean_rank"].max()) + 0.3)
    axes.set_xlabel("mean rank over the problems (1 is best)")
    return Drawing(figure, caption(tables))


def caption(tables: StudyTables) -> str:
    """Return what the figure shows, with Friedman's test."""
    rows = tables.titled("critical_difference", track=tables.track).sort_values("mean_rank")
    best = rows.iloc[0]
    return (
        f"Mean rank over {best['problems']} problems, track {tables.track}. A bar on the right "
        "joins optimizers without a significant difference in Wilcoxon's signed-rank test with "
        f"Holm's correction at the 5 % level. {best['optimizer']} has the best "
        f"mean rank, {best['mean_rank']:.2f}; Friedman's test that all are equal: p = "
        f"{best['friedman_p_value']:.2g}."
    )
