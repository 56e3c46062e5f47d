"""Every key figure, each a function of the counts of one period: one formula for each number.

The counts are the columns of :meth:`churnrisk.kpis.ledger.Ledger.counted`, and those that a convention sets:
``at_risk`` (customers that a churn rate is a share of), ``mrr_at_risk``, and ``lost``, ``lost_voluntary`` and alike
(customers that a churn rate counts; by our own definitions the churned).
"""

import ibis.expr.types as ir

from churnrisk.kpis.kpi import Amount, Share, kpi


@kpi("customers at the start", "customers")
def customers_start(counts: ir.Table) -> Amount:
    """Customers present at the period's start."""
    return Amount(counts.customers_start)


@kpi("new customers", "customers", better="high")
def new(counts: ir.Table) -> Amount:
    """Present at the end, first started in the period."""
    return Amount(counts.new)


@kpi("reactivated customers", "customers", better="high")
def reactivated(counts: ir.Table) -> Amount:
    """Present at the end, not at the start, first started before the period."""
    return Amount(counts.reactivated)


@kpi("churned customers", "customers", better="low")
def churned(counts: ir.Table) -> Amount:
    """Present at the start, not at the end."""
    return Amount(counts.churned)


@kpi("competing ends", "customers", needs=("competing",))
def competing(counts: ir.Table) -> Amount:
    """Present at the start, gone at the end for a reason that is neither churn nor a stay."""
    return Amount(counts.competing)


@kpi("customers at the end", "customers", better="high")
def customers_end(counts: ir.Table) -> Amount:
    """Customers present at the period's end."""
    return Amount(counts.customers_end)


@kpi("churn rate", "%", better="low", of_customers=True)
def churn_rate(counts: ir.Table) -> Share:
    """Churned customers, of those present at the start (without those whose end is a competing one)."""
    return Share(counts.lost, counts.at_risk)


@kpi("customer retention rate", "%", better="high", of_customers=True)
def crr(counts: ir.Table) -> Share:
    """(customers at the end − new − reactivated) / customers at the start: 100 − churn rate."""
    joined = counts.at_risk - counts.customers_start + counts.competing  # 0, but for a convention that counts them
    passed = counts.lost - counts.churned  # likewise
    return Share(counts.customers_end - counts.new - counts.reactivated + joined - passed, counts.at_risk)


@kpi("voluntary churn rate", "%", needs=("reasons",), better="low", of_customers=True)
def voluntary_churn_rate(counts: ir.Table) -> Share:
    """Churned for a reason that they chose, of those present at the start."""
    return Share(counts.lost_voluntary, counts.at_risk)


@kpi("involuntary churn rate", "%", needs=("reasons",), better="low", of_customers=True)
def involuntary_churn_rate(counts: ir.Table) -> Share:
    """Churned for a reason that they did not choose, of those present at the start."""
    return Share(counts.lost_involuntary, counts.at_risk)


@kpi("churn rate, reason unknown", "%", needs=("reasons",), better="low", of_customers=True)
def unknown_churn_rate(counts: ir.Table) -> Share:
    """Churned for a reason that is in neither list, or not given, of those present at the start."""
    return Share(counts.lost_unknown, counts.at_risk)


@kpi("early churn rate", "%", better="low", of_customers=True, empty="no first start whose early days have passed")
def early_churn_rate(counts: ir.Table) -> Share:
    """Of customers first started in the period, those who left within early_days; only where these have passed."""
    return Share(counts.early_churned, counts.early_starts)


@kpi("MRR at the start", "money", needs=("mrr",))
def mrr_start(counts: ir.Table) -> Amount:
    """MRR of the customers present at the start."""
    return Amount(counts.mrr_start)


@kpi("new MRR", "money", needs=("mrr",), better="high")
def new_mrr(counts: ir.Table) -> Amount:
    """MRR at the end of new customers."""
    return Amount(counts.new_mrr)


@kpi("reactivation MRR", "money", needs=("mrr",), better="high")
def reactivation_mrr(counts: ir.Table) -> Amount:
    """MRR at the end of reactivated customers."""
    return Amount(counts.reactivation_mrr)


@kpi("expansion MRR", "money", needs=("mrr",), better="high")
def expansion_mrr(counts: ir.Table) -> Amount:
    """By how much the MRR of customers who pay more at the end than at the start rose."""
    return Amount(counts.expansion_mrr)


@kpi("contraction MRR", "money", needs=("mrr",), better="low")
def contraction_mrr(counts: ir.Table) -> Amount:
    """By how much the MRR of customers who pay less at the end than at the start fell."""
    return Amount(counts.contraction_mrr)


@kpi("churned MRR", "money", needs=("mrr",), better="low")
def churned_mrr(counts: ir.Table) -> Amount:
    """MRR at the start of churned customers."""
    return Amount(counts.churned_mrr)


@kpi("competing MRR", "money", needs=("mrr", "competing"))
def competing_mrr(counts: ir.Table) -> Amount:
    """MRR at the start of customers whose end is a competing one."""
    return Amount(counts.competing_mrr)


@kpi("MRR at the end", "money", needs=("mrr",), better="high")
def mrr_end(counts: ir.Table) -> Amount:
    """MRR of the customers present at the end."""
    return Amount(counts.mrr_end)


@kpi("gross revenue churn", "%", needs=("mrr",), better="low", empty="no MRR at the start")
def gross_revenue_churn(counts: ir.Table) -> Share:
    """(churned + contraction) / MRR at the start."""
    return Share(counts.churned_mrr + counts.contraction_mrr, counts.mrr_at_risk)


@kpi("net revenue churn", "%", needs=("mrr",), better="low", empty="no MRR at the start")
def net_revenue_churn(counts: ir.Table) -> Share:
    """(churned + contraction − expansion) / MRR at the start; below 0 it is negative churn."""
    return Share(counts.churned_mrr + counts.contraction_mrr - counts.expansion_mrr, counts.mrr_at_risk)


@kpi("dollar retention rate", "%", needs=("mrr",), better="high", empty="no MRR at the start")
def drr(counts: ir.Table) -> Share:
    """(MRR at the end − new − reactivation) / MRR at the start: 100 − net revenue churn."""
    return Share(counts.mrr_end - counts.new_mrr - counts.reactivation_mrr, counts.mrr_at_risk)


@kpi("gross revenue retention", "%", needs=("mrr",), better="high", empty="no MRR at the start")
def grr(counts: ir.Table) -> Share:
    """100 − gross revenue churn."""
    return Share(counts.mrr_at_risk - counts.churned_mrr - counts.contraction_mrr, counts.mrr_at_risk)


@kpi("ARPA", "money", needs=("mrr",), better="high", empty="no customers at the end")
def arpa(counts: ir.Table) -> Amount:
    """MRR at the end / customers at the end."""
    return Amount(counts.mrr_end, counts.customers_end)


@kpi("renewal rate", "%", needs=("terms",), better="high", of_customers=True, empty="no term ended")
def renewal_rate(counts: ir.Table) -> Share:
    """Of terms that end in the period, those whose customer still has a subscription once grace has passed."""
    return Share(counts.terms_renewed, counts.terms_due)


@kpi("NPS", "points", needs=("nps",), better="high", empty="no answers")
def nps(counts: ir.Table) -> Share:
    """Share of answers of 9 and 10 minus share of answers of 0 to 6."""
    return Share(counts.promoters - counts.detractors, counts.nps_answers)


@kpi("satisfaction", "score", needs=("csat",), better="high", empty="no answers")
def csat(counts: ir.Table) -> Amount:
    """Mean satisfaction of those who answered."""
    return Amount(counts.csat_sum, counts.csat_answers)


@kpi("lifetime", "months", better="high", whole_periods=True, empty="no churn")
def lifetime_months(counts: ir.Table) -> Amount:
    """1 / monthly churn rate, where a period of m months gives 1 − (1 − r)^(1/m)."""
    return Amount(_months_of_life(counts))


@kpi("LTV", "money", needs=("mrr",), better="high", whole_periods=True, empty="no churn")
def ltv(counts: ir.Table) -> Amount:
    """ARPA × gross margin × lifetime; before margin where no margin is set."""
    paid = counts.mrr_end.cast("float64") / counts.customers_end.nullif(0)
    return Amount(paid * counts.margin * _months_of_life(counts))


@kpi("cost of replacing a customer", "money", needs=("cost",), better="low")
def replacement_cost(counts: ir.Table) -> Amount:
    """What winning one new customer costs, as the TOML says: beside it LTV is read."""
    return Amount(counts.acquisition_cost)


def _months_of_life(counts: ir.Table) -> ir.Value:
    """Give the mean lifetime in months; empty while churn is 0."""
    rate = counts.lost.nullif(0) / counts.at_risk.nullif(0)
    monthly = 1 - (1 - rate) ** (1 / counts.months)
    return 1 / monthly
