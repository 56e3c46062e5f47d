"""The picture of a map shows every bin that anybody can be in."""

import numpy as np

from churnrisk.modeling.explain import effect_maps
from churnrisk.modeling.map_plot import map_plot


def drawn(values):
    axes = [{"cuts": [2.0]}, {"cuts": [1.0, 4.0]}]
    return map_plot(effect_maps({"maps": [{"columns": ["logins", "tickets"], "axes": axes, "values": values}]}))


def test_a_bin_for_gaps_is_shown_only_where_it_moves_anybody(tmp_path):
    picture = drawn([[0.1, 0, -0.1, 0], [-0.1, 0, 0.1, 0], [0, 0, 0, 0]])
    axes = picture.figure.axes[0]
    assert [one.get_text() for one in axes.get_yticklabels()] == ["up to 2", "above 2"]
    assert [one.get_text() for one in axes.get_xticklabels()] == ["up to 1", "1 to 4", "above 4"]
    assert len(picture.numbers) == 12
    picture.save(tmp_path / "map.png")
    with_gaps = drawn([[0.1, 0, -0.1, 0], [-0.1, 0, 0.1, 0], [0.2, 0, 0, 0]])
    assert [one.get_text() for one in with_gaps.figure.axes[0].get_yticklabels()] == ["up to 2", "above 2", "missing"]


def test_a_map_that_moves_nobody_can_be_drawn():
    assert len(drawn(np.zeros((3, 4)).tolist()).numbers) == 12


def test_of_many_bins_some_are_named_and_the_last_always(tmp_path):
    values = np.random.default_rng(0).normal(size=(41, 3)).tolist()
    axes = [{"cuts": [float(cut) for cut in range(39)]}, {"cuts": [0.0]}]
    picture = map_plot(effect_maps({"maps": [{"columns": ["logins", "tickets"], "axes": axes, "values": values}]}))
    words = [one.get_text() for one in picture.figure.axes[0].get_yticklabels()]
    assert len(words) <= 12
    assert words[-1] == "missing"
