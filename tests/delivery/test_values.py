from datetime import date, datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnrisk.delivery.values import kind_of, plain_values, records


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (pd.Series([True, False]), "truth"),
        (pd.Series([1, 2]), "whole"),
        (pd.Series([1.5, None]), "number"),
        (pd.Series(pd.to_datetime(["2025-06-01"])), "instant"),
        (pd.Series([date(2025, 6, 1), None], dtype=object), "day"),
        (pd.Series([None, datetime(2025, 6, 1)], dtype=object), "instant"),
        (pd.Series([Decimal("1.5")], dtype=object), "money"),
        (pd.Series(["a", None]), "text"),
        (pd.Series(["a", "b"], dtype="category"), "text"),
        (pd.Series([None, None]), "text"),
    ],
)
def test_the_kind_of_an_unknown_column_follows_from_its_values(values, kind):
    assert kind_of("anything", values) == kind


def test_the_kind_of_a_known_column_does_not_change_on_a_night_on_which_it_is_empty():
    assert kind_of("last_contact_at", pd.Series([None, None])) == "instant"
    assert kind_of("previous_probability", pd.Series([None], dtype=object)) == "number"


def test_a_column_shown_under_a_known_name_keeps_its_text():
    assert kind_of("rank", pd.Series(["gold"])) == "text"


def test_values_are_pythons_own():
    rows = pd.DataFrame({"customer_id": ["a"], "rank": np.array([3], dtype="int32"), "x": np.float32(0.5)})
    found = records(rows.assign(due=pd.Timestamp("2025-06-02"), new_tonight=np.bool_(True)))[0]
    assert found == {"customer_id": "a", "rank": 3, "x": 0.5, "due": date(2025, 6, 2), "new_tonight": True}
    assert {type(one) for one in found.values()} == {str, int, float, date, bool}


@given(st.integers(-(10**12), 10**12))
def test_money_keeps_every_cent(cents):
    assert plain_values(pd.Series([cents / 100]), "money") == [Decimal(cents).scaleb(-2)]


def test_an_instant_with_a_zone_is_told_in_utc():
    zoned = pd.Series([pd.Timestamp("2025-06-01 02:00", tz="Europe/Berlin")])
    assert plain_values(zoned, "instant") == [datetime(2025, 6, 1)]
