"""What every picture is drawn on."""

from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.text import Text


class Drawing(Figure):
    """A figure whose texts are only text: no dollar sign in a name begins a formula.

    A logarithmic axis needs a formatter that writes plain numbers; its own writes formulas.

    Examples
    --------
    >>> from matplotlib.backends.backend_agg import FigureCanvasAgg
    >>> figure = Drawing()
    >>> _ = figure.text(0.5, 0.5, "from $5 to $_{")
    >>> FigureCanvasAgg(figure).draw()
    """

    def draw(self, renderer: Any) -> None:
        """Draw everything; what is made while drawing is plain, too."""
        for text in self.findobj(Text):
            text.set_parse_math(False)
        with rc_context({"text.parse_math": False}):
            super().draw(renderer)
