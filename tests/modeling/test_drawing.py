"""Names with dollar signs in pictures are names."""

import io

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from churnrisk.modeling.drawing import Drawing


@pytest.mark.parametrize("name", ["from $5 to $10", "$a_{b$", "\\frac $x", "$\\nonsense$", "100 %", "<b>&"])
def test_a_picture_with_any_names_is_drawn(name):
    figure = Drawing(figsize=(3, 2), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.bar([name, "other"], [1, 2], label=name)
    axes.set(title=name, xlabel=name)
    axes.legend()
    figure.savefig(io.BytesIO(), format="png")
    assert axes.get_xticklabels()[0].get_text() == name
