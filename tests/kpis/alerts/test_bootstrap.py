import ibis
import numpy as np
import pandas as pd
import pytest

from churnrisk.kpis.alerts.bootstrap import drawn_weight, resampled


@pytest.fixture(scope="module")
def moved():
    """Two hundred customers who left in one period, and others who pay more or less."""
    rng = np.random.default_rng(1)
    rows = [("churned", f"c{n}", 0, round(float(one), 2)) for n, one in enumerate(rng.lognormal(3, 0.8, 200))]
    rows += [("contraction", "d1", 0, 30.0), ("expansion", "d2", 0, 100.0), ("new", "d3", 0, 9999.0)]
    rows += [("churned", "e1", 1, 20.0), ("expansion", "e2", 1, 50.0)]
    table = pd.DataFrame(rows, columns=["kind", "customer_id", "period", "mrr"])
    return table.assign(tiling=0, plan=np.where(table["customer_id"] == "e1", "pro", "basic"))


def found(engine, moved, split=None, replicates=2000, seed=0):
    rows = engine.rows(resampled(ibis.memtable(moved), split, replicates=replicates, seed=seed))
    return rows.set_index(["value", "period"])


def test_the_moments_are_those_of_customers_drawn_anew(engine, moved):
    rows = found(engine, moved).loc["all", 0]
    lost = moved[(moved.period == 0) & moved.kind.isin(["churned", "contraction"])].mrr
    assert rows.gross_variance == pytest.approx((lost**2).sum(), rel=0.1)
    assert rows.net_variance == pytest.approx((lost**2).sum() + 100.0**2, rel=0.1)
    assert rows.events == 202


def test_each_part_has_its_own(engine, moved):
    rows = found(engine, moved, "plan")
    assert rows.loc["pro", 1].gross_variance == pytest.approx(20.0**2, rel=0.15)
    assert rows.loc["basic", 1].gross_variance == 0.0
    assert rows.loc["basic", 1].net_variance == pytest.approx(50.0**2, rel=0.15)


def test_the_order_of_rows_changes_nothing_and_the_seed_does(engine, moved):
    first = found(engine, moved, replicates=50)
    shuffled = found(engine, moved.sample(frac=1, random_state=3), replicates=50)
    pd.testing.assert_frame_equal(first.sort_index(), shuffled.sort_index())
    assert found(engine, moved, replicates=50, seed=1).gross_variance.ne(first.gross_variance).any()


def test_weights_follow_a_poisson_law_with_mean_one(engine):
    names = ibis.memtable({"name": [f"c{n}" for n in range(2000)]}).mutate(replicate=ibis.range(20).unnest())
    drawn = names.mutate(weight=drawn_weight(names.name, names.replicate, 7))
    beyond = drawn.weight - 1
    moments = engine.rows(drawn.aggregate(second=(beyond**2).mean(), third=(beyond**3).mean())).iloc[0]
    assert moments.second == pytest.approx(1.0, abs=0.03)
    assert moments.third == pytest.approx(1.0, abs=0.1)
    rows = engine.rows(drawn.group_by("weight").aggregate(number=drawn.count())).set_index("weight").number / 40_000
    assert rows[0] == pytest.approx(np.exp(-1), abs=0.01)
    assert rows[1] == pytest.approx(np.exp(-1), abs=0.01)
    assert rows[3] == pytest.approx(np.exp(-1) / 6, abs=0.005)
