"""Curves to draw and signals by strength."""

from churnrisk.modeling import AdditiveLogisticClassifier, PrunedTreeClassifier
from churnrisk.modeling.explain import effect_curves, signal_strengths
from tests.modeling.churners import made_customers

FRAME, CHURNED, CUSTOMERS = made_customers()


def test_curves_hold_knots_texts_and_gaps():
    curves = effect_curves(AdditiveLogisticClassifier(l2=1.0).fit(FRAME, CHURNED).to_plain())
    assert set(curves[curves.column == "plan"]["at"]) == {"free", "basic", "pro", "any other", "missing"}
    assert "missing" in set(curves[curves.column == "logins"]["at"])


def test_a_tree_has_no_curves():
    assert effect_curves(PrunedTreeClassifier(alpha=0.01).fit(FRAME, CHURNED).to_plain()).empty


def test_strongest_signal_stands_first_and_noise_last():
    table = signal_strengths(AdditiveLogisticClassifier().fit(FRAME, CHURNED, groups=CUSTOMERS), FRAME)
    assert table.column.iloc[0] == "logins"
    assert table.column.iloc[-1] == "noise"
