"""Key figures of thirty customers, worked by hand: every expected number here is typed in, not computed."""

import pytest

from churnrisk.kpis.identity import NUMBERS, identity
from churnrisk.kpis.ledger import Ledger, periods_of
from churnrisk.kpis.table import kpi_table
from churnrisk.settings import ChurnSettings
from tests.kpis.companies import workshop_of
from tests.kpis.fixture30 import APR, COUNTS, EVERYONE, FEB, JAN, MAR, MONEY, RATES, THIRTY, numbers, rates
from tests.kpis.reference import Company
from tests.making import at


def test_there_are_thirty_customers():
    assert len(EVERYONE) == 30


# --- our definitions, calendar months ---


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        # January: new c18 (paid from the 24th), c23, c27; gone c11, c12, c15; c24 came and went and is in neither
        (JAN, (22, 3, 0, 3, 0, 22)),
        # February: new c25; gone c23; c14 died; c16 left and was back; c17 paused within the grace
        (FEB, (22, 1, 0, 1, 1, 21)),
        # March: new c30; c15 is back; gone c13, on the first, which belongs to March; c26 came and went
        (MAR, (21, 1, 1, 1, 0, 22)),
        # April: gone c28
        (APR, (22, 0, 0, 1, 0, 21)),
    ],
)
def test_customers_of_each_month(tables, start, expected):
    assert numbers(tables, COUNTS, start) == expected


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        # 450 of the ten + 20 50 20 50 20 50 50 20 100 70 33.33 70 (c11 to c17, c20 to c22, c28, c29) = 1003.33
        # new 25.50 + 50 + 20; gone 20 + 50 + 20
        (JAN, (1003.33, 95.50, 0, 0, 0, 90, 0, 1008.83)),
        # new 100; more: c16 10, c17 5 (its 50 go on in the gap), c20 70; gone c23 50; died c14 50
        (FEB, (1008.83, 100, 0, 85, 0, 50, 50, 1093.83)),
        # new 45; back 20; less: c21 50; gone c13 20; c29 still counts 20 + 50 on the first of April, in its gap
        (MAR, (1093.83, 45, 20, 0, 50, 20, 0, 1088.83)),
        # more: c29 from 70 to 100; less: c22 from 70 to 20, c30 from 45 to 20; gone c28 33.33
        (APR, (1088.83, 0, 0, 30, 75, 33.33, 0, 1010.50)),
    ],
)
def test_mrr_of_each_month_to_the_cent(tables, start, expected):
    assert numbers(tables, MONEY, start) == expected


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (JAN, [13.636364, 86.363636, 9.090909, 4.545455, 0]),  # 3, 19, 2 (c11, c15), 1 (c12), 0 of 22
        (FEB, [4.761905, 95.238095, 4.761905, 0, 0]),  # 1, 20, 1 (c23) of 21: c14 is out of both
        (MAR, [4.761905, 95.238095, 0, 0, 4.761905]),  # 1, 20, and c13 did not say why, of 21
        (APR, [4.545455, 95.454545, 0, 4.545455, 0]),  # 1, 21, and 1 (c28) of 22
    ],
)
def test_churn_and_retention_of_each_month(tables, start, expected):
    assert rates(tables, start, *RATES) == expected


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        # 90 / 1003.33 gross and net; (1008.83 - 95.50) / 1003.33
        (JAN, [8.970129, 8.970129, 91.029871, 91.029871]),
        # of 1008.83 - 50 = 958.83: 50 gross, 50 - 85 = -35 net (negative churn), 1093.83 - 100 = 993.83
        (FEB, [5.214689, -3.650282, 103.650282, 94.785311]),
        # 70 / 1093.83 gross and net; (1088.83 - 45 - 20) / 1093.83
        (MAR, [6.399532, 6.399532, 93.600468, 93.600468]),
        # (33.33 + 75) / 1088.83 gross, (33.33 + 75 - 30) / 1088.83 net, 1010.50 / 1088.83
        (APR, [9.949212, 7.193960, 92.806040, 90.050788]),
    ],
)
def test_revenue_churn_and_retention_of_each_month(tables, start, expected):
    assert rates(tables, start, "gross_revenue_churn", "net_revenue_churn", "drr", "grr") == expected


def test_negative_churn_is_called_so(tables):
    assert "negative churn" in tables()["all", "all", FEB].note["net_revenue_churn"]
    assert "negative churn" not in tables()["all", "all", APR].note["net_revenue_churn"]


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (JAN, [50, 50, 25, None]),  # early c23, c24 of 4; renewed c17 of c12, c17; NPS (2 - 1) / 4
        (FEB, [0, 50, None, 3.67]),  # 0 of 1 (c25); renewed s06 of s06, c16; satisfaction (4 + 5 + 2) / 3
        (MAR, [100, 100, -50, None]),  # c26 of 1 (c30's 60 days are not over); both of c29; (0 - 1) / 2
        (APR, [None, 0, None, None]),  # nobody began; c28 did not renew
    ],
)
def test_early_churn_renewals_and_surveys_of_each_month(tables, start, expected):
    found = rates(tables, start, "early_churn_rate", "renewal_rate", "nps", "csat")
    assert [one if one is None else round(one, 2) for one in found] == expected


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (JAN, [45.86, 7.333333, 269.02]),  # 1008.83 / 22; 22 / 3; 1008.83 / 22 x 0.8 x 22 / 3
        (FEB, [52.09, 21, 875.06]),  # 1093.83 / 21; 21 / 1; 1093.83 / 21 x 0.8 x 21
        (MAR, [49.49, 21, 831.47]),  # 1088.83 / 22; 21 / 1; 1088.83 / 22 x 0.8 x 21
        (APR, [48.12, 22, 846.90]),  # 1010.50 / 21; 22 / 1; 1010.50 / 21 x 0.8 x 22
    ],
)
def test_arpa_lifetime_and_ltv_of_each_month(tables, start, expected):
    assert rates(tables, start, "arpa", "lifetime_months", "ltv") == expected


def test_a_rate_of_few_customers_has_its_interval(tables):
    row = tables()["all", "all", JAN].loc["churn_rate"]  # 3 of 22; Wilson: (p + z2/2n -+ ...) / (1 + z2/n)
    assert (round(row.low, 2), round(row.high, 2)) == (4.75, 33.33)
    assert "fewer than 30 customers" in row.note


@pytest.mark.parametrize(
    ("start", "value", "customers", "mrr"),
    [
        # January: c11, c15 of basic, c12 of pro are gone; c18, c27 come to basic, c23 to pro
        (JAN, "basic", (9, 2, 0, 2, 0, 9), (180, 45.50, 0, 0, 0, 40, 0, 185.50)),
        (JAN, "pro", (9, 1, 0, 1, 0, 9), (490, 50, 0, 0, 0, 50, 0, 490)),
        (JAN, "team", (4, 0, 0, 0, 0, 4), (333.33, 0, 0, 0, 0, 0, 0, 333.33)),
        # February: c20's 70 more count under basic, where it stood at the start
        (FEB, "basic", (9, 0, 0, 0, 0, 9), (185.50, 0, 0, 70, 0, 0, 0, 255.50)),
        (FEB, "pro", (9, 0, 0, 1, 1, 7), (490, 0, 0, 15, 0, 50, 50, 405)),
        (FEB, "team", (4, 1, 0, 0, 0, 5), (333.33, 100, 0, 0, 0, 0, 0, 433.33)),
        # March: c20 has moved, with its 90, from basic to team
        (MAR, "basic", (8, 0, 1, 1, 0, 8), (165.50, 0, 20, 0, 0, 20, 0, 165.50)),
        (MAR, "pro", (7, 1, 0, 0, 0, 8), (405, 45, 0, 0, 0, 0, 0, 450)),
        (MAR, "team", (6, 0, 0, 0, 0, 6), (523.33, 0, 0, 0, 50, 0, 0, 473.33)),
        # April: c21 has moved from team to pro; c22, c29 count as pro, their dearer subscription
        (APR, "basic", (8, 0, 0, 0, 0, 8), (165.50, 0, 0, 0, 0, 0, 0, 165.50)),
        (APR, "pro", (9, 0, 0, 0, 0, 9), (500, 0, 0, 30, 75, 0, 0, 455)),
        (APR, "team", (5, 0, 0, 1, 0, 4), (423.33, 0, 0, 0, 0, 33.33, 0, 390)),
    ],
)
def test_each_plan_of_each_month(tables, start, value, customers, mrr):
    assert numbers(tables, COUNTS, start, "plan", value) == customers
    assert numbers(tables, MONEY, start, "plan", value) == mrr


@pytest.mark.parametrize(
    ("value", "customers", "mrr"),
    [
        ("below 30", (9, 0, 0, 2, 0, 7), (180, 0, 0, 0, 0, 40, 0, 140)),  # c11, c15
        ("30 to 60", (8, 0, 0, 1, 0, 7), (383.33, 0, 0, 0, 0, 50, 0, 333.33)),  # c12
        ("60 and more", (5, 0, 0, 0, 0, 5), (440, 0, 0, 0, 0, 0, 0, 440)),  # s09, s10, c21, c22, c29
        ("new", (0, 3, 0, 0, 0, 3), (0, 95.50, 0, 0, 0, 0, 0, 95.50)),  # c18, c23, c27
    ],
)
def test_each_mrr_band_of_january(tables, value, customers, mrr):
    assert numbers(tables, COUNTS, JAN, "mrr_band", value) == customers
    assert numbers(tables, MONEY, JAN, "mrr_band", value) == mrr


@pytest.mark.parametrize(
    ("value", "customers", "mrr"),
    [
        ("north", (12, 2, 0, 2, 0, 12), (400, 70, 0, 0, 0, 40, 0, 430)),  # c23, c27 come; c11, c15 go
        ("south", (10, 1, 0, 1, 0, 10), (603.33, 25.50, 0, 0, 0, 50, 0, 578.83)),  # c18 comes; c12 goes
    ],
)
def test_each_region_of_january(tables, value, customers, mrr):
    assert numbers(tables, COUNTS, JAN, "region", value) == customers
    assert numbers(tables, MONEY, JAN, "region", value) == mrr


# --- periods laid together ---


def test_the_quarter_has_the_net_change_of_its_months_and_fewer_flows(tables):
    # c15 was gone and back, c23 new and gone: flows of months, none of the quarter
    # new c18, c25, c27, c30; gone c11, c12, c13; months: new 3 + 1 + 1, back 1, gone 3 + 1 + 1, died 1
    assert numbers(tables, COUNTS, JAN, period="quarter") == (22, 4, 0, 3, 1, 22)
    # new 25.50 + 100 + 20 + 45; more c16 10, c17 5, c20 70; less c21 50; gone 20 + 50 + 20; died 50
    expected = (1003.33, 190.50, 0, 85, 50, 90, 50, 1088.83)
    assert numbers(tables, MONEY, JAN, period="quarter") == expected


def test_the_lifetime_of_a_quarter_is_in_months(tables):
    # 3 of 21 in three months: a month keeps the third root of 6 / 7 = 0.949914, and loses 0.050086
    assert numbers(tables, ["lifetime_months"], JAN, period="quarter")[0] == pytest.approx(19.966, abs=0.001)


# --- label and key figures, and the worked example ---


def test_the_label_counts_the_same_leavers(engine):
    shop = workshop_of(engine, THIRTY, observed_from="2025-01-01")
    found = identity(shop).rows.set_index("cutoff")
    expected = {
        JAN: (3, 3, 0, 0, 0),  # c11, c12, c15
        FEB: (2, 1, 1, 0, 0),  # c23; c16, who was back; c14 has no label; c17, in its gap, is leaving and stays
        MAR: (1, 1, 0, 0, 0),  # c13, on the first
        APR: (1, 1, 0, 0, 0),  # c28
    }
    assert {str(day.date()): tuple(found.loc[day, list(NUMBERS)]) for day in found.index} == expected


def test_of_500_customers_100_new_and_450_at_the_end_are_a_retention_of_70(engine):
    stays = [
        ("old", 350, "2024-01-01", None),
        ("gone", 150, "2024-01-01", "2025-01-15"),
        ("new", 100, "2025-01-20", None),
    ]
    rows = [
        {"subscription_id": f"{name}{n}", "customer_id": f"{name}{n}", "started_at": start, "ended_at": end}
        for name, number, start, end in stays
        for n in range(number)
    ]
    company = Company(rows, at("2025-02-20"), ChurnSettings())
    shop = workshop_of(engine, company, observed_from="2025-01-01")
    found = kpi_table(Ledger(shop, periods_of(shop))).set_index(["period_start", "kpi"]).number[at("2025-01-01")]
    assert list(found[["customers_start", "new", "customers_end", "crr", "churn_rate"]]) == [500, 100, 450, 70, 30]
