"""The same thirty customers in the two conventions of other tools, worked by hand and typed in."""

import pytest

from tests.kpis.fixture30 import APR, COUNTS, FEB, JAN, MAR, MONEY, RATES, numbers, rates

# --- new customers in the denominator ---


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        # 3 gone + c24, who came and went, of 22 + 3 new + c24; by choice c11, c15, c24
        (JAN, [15.384615, 84.615385, 11.538462, 3.846154, 0]),
        (FEB, [4.545455, 95.454545, 4.545455, 0, 0]),  # c23 of 22 - 1 (c14) + 1 (c25)
        (MAR, [8.695652, 91.304348, 0, 4.347826, 4.347826]),  # c13 and c26, who came and went, of 21 + 1 + 1
        (APR, [4.545455, 95.454545, 0, 4.545455, 0]),  # 1 of 22: nobody is new
    ],
)
def test_churn_with_new_customers_in_the_denominator(tables, start, expected):
    assert rates(tables, start, *RATES, convention="new_in_denominator") == expected


@pytest.mark.parametrize(
    ("start", "months"), [(JAN, 6.5), (FEB, 22), (MAR, 11.5), (APR, 22)]
)  # 26/4, 22/1, 23/2, 22/1
def test_lifetime_follows_the_convention(tables, start, months):
    assert rates(tables, start, "lifetime_months", convention="new_in_denominator") == [months]


@pytest.mark.parametrize("start", [JAN, FEB, MAR, APR])
def test_counts_bridges_and_revenue_do_not_follow_it(tables, start):
    same = (*COUNTS, *MONEY, "gross_revenue_churn", "net_revenue_churn", "drr", "grr", "arpa")
    assert numbers(tables, same, start, convention="new_in_denominator") == numbers(tables, same, start)


def test_plans_follow_the_convention(tables):
    basic = {"split": "plan", "value": "basic", "convention": "new_in_denominator"}
    assert rates(tables, JAN, "churn_rate", **basic) == [25]  # c11, c15, c24 of 9 + c18, c27 + c24


# --- months of 30 days: 1 January, 31 January, 2 March, 1 April, 1 May ---


THIRTIES = ("2025-01-01", "2025-01-31", "2025-03-02", "2025-04-01")


@pytest.mark.parametrize(
    ("start", "customers", "mrr"),
    [
        # c12 (31 January) is not gone yet and c27 (31 January) not there yet
        (THIRTIES[0], (22, 2, 0, 2, 0, 22), (1003.33, 75.50, 0, 0, 0, 40, 0, 1038.83)),
        # new c25, c27; gone c12, c23, and c13 (1 March); c14 died; more c16 10, c17 5, c20 70
        (THIRTIES[1], (22, 2, 0, 3, 1, 20), (1038.83, 120, 0, 85, 0, 120, 50, 1073.83)),
        # new c30; c15 is back; less c21 50; nobody is gone
        (THIRTIES[2], (20, 1, 1, 0, 0, 22), (1073.83, 45, 20, 0, 50, 0, 0, 1088.83)),
        (THIRTIES[3], (22, 0, 0, 1, 0, 21), (1088.83, 0, 0, 30, 75, 33.33, 0, 1010.50)),  # as April
    ],
)
def test_months_of_thirty_days(tables, start, customers, mrr):
    assert numbers(tables, COUNTS, start, convention="thirty_day_months") == customers
    assert numbers(tables, MONEY, start, convention="thirty_day_months") == mrr


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (THIRTIES[0], [9.090909, 90.909091, 3.986724, 3.986724, 96.013276]),  # 2 of 22; 40 of 1003.33
        # 3 of 21; of 988.83: 120 gross, 120 - 85 = 35 net, 1073.83 - 120 = 953.83 kept
        (THIRTIES[1], [14.285714, 85.714286, 12.135554, 3.539537, 96.460463]),
        (THIRTIES[2], [0, 100, 4.656231, 4.656231, 95.343769]),  # 0 of 20; 50 of 1073.83
        (THIRTIES[3], [4.545455, 95.454545, 9.949212, 7.193960, 92.806040]),  # as April
    ],
)
def test_rates_of_months_of_thirty_days(tables, start, expected):
    names = ("churn_rate", "crr", "gross_revenue_churn", "net_revenue_churn", "drr")
    assert rates(tables, start, *names, convention="thirty_day_months") == expected


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (THIRTIES[0], [66.666667, 100, 11]),  # c23, c24 of these and c18; c17 renewed; 22 / 2 months
        (THIRTIES[1], [0, 33.333333, 7]),  # 0 of c25, c27; s06 of c12, c16, s06; 21 / 3
        (THIRTIES[2], [100, 100, None]),  # c26; both of c29; nobody is gone, so there is no lifetime
        (THIRTIES[3], [None, 0, 22]),  # nobody began; not c28; 22 / 1
    ],
)
def test_early_churn_renewals_and_lifetime_of_months_of_thirty_days(tables, start, expected):
    names = ("early_churn_rate", "renewal_rate", "lifetime_months")
    assert rates(tables, start, *names, convention="thirty_day_months") == expected
