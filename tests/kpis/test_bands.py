"""MRR bands: rounded quartiles of those who pay at the first boundary, each amount in one band."""

import ibis

from churnrisk.kpis.bands import band_names, band_of, find_bounds


def runs(amounts):
    return ibis.memtable({"first": [0] * len(amounts), "mrr": [float(one) for one in amounts]})


def test_bounds_are_rounded_quartiles_at_the_first_boundary(engine):
    later = ibis.memtable({"first": [5], "mrr": [100000.0]})
    rows = ibis.union(runs([10, 20, 30, 41, 52]), later)
    assert find_bounds(rows, engine) == [20, 30, 41]


def test_equal_amounts_give_one_bound_and_none_at_all_give_one_band(engine):
    assert find_bounds(runs([10, 10, 10]), engine) == [10]
    assert find_bounds(runs([0, 0]), engine) == []
    assert band_names([]) == ["all"]


def test_a_bound_belongs_to_the_band_above_it(engine):
    rows = ibis.memtable({"mrr": [0.0, 49.99, 50.0, 119.0, 120.0]})
    found = engine.rows(rows.mutate(band=band_of(rows.mrr, [50, 120])).order_by("mrr"))
    assert found["band"].tolist() == ["below 50", "below 50", "50 to 120", "50 to 120", "120 and more"]
