"""Signals of feedback: what customers answered, and what became of offers."""

import ibis
import ibis.expr.types as ir

from churnrisk.features.signal import signal


@signal(
    table="surveys",
    group="feedback",
    unit="score",
    raises_risk="low",
    sentence="The last survey score was {value:0}",
    actionable=True,
    change="the last survey score at {value:0}",
)
def feedback_score_last(surveys: ir.Table) -> ir.Value:
    """Score of the last survey answered."""
    return surveys.score.mean(where=surveys.is_newest)


@signal(
    table="surveys",
    group="feedback",
    unit="points",
    raises_risk="low",
    below=0,
    sentence="The last survey score fell by {value:magnitude} points",
)
def feedback_score_change(surveys: ir.Table) -> ir.Value:
    """Last survey score, less the mean of those of the same kind before it."""
    last = surveys.score.mean(where=surveys.is_newest)
    return last - surveys.score.mean(where=~surveys.is_newest & (surveys.kind == surveys.newest_kind))


@signal(
    table="surveys",
    group="feedback",
    unit="score",
    days=365,
    raises_risk="low",
    sentence="Survey scores of the last year average {value:1}",
    actionable=True,
    change="survey scores of the last year averaging {value:1}",
)
def feedback_score_mean_365d(surveys: ir.Table) -> ir.Value:
    """Mean survey score of the 365 days before the cutoff."""
    return surveys.score.mean(where=surveys.answered_days_ago <= 365)


@signal(table="surveys", group="feedback", unit="days")
def feedback_days_since_last(surveys: ir.Table) -> ir.Value:
    """Days since the last survey was answered."""
    return surveys.answered_days_ago.min()


@signal(table="offers", group="feedback", unit="offers", days=182, missing=0)
def feedback_offers_182d(offers: ir.Table) -> ir.Value:
    """Offers made in the 182 days before the cutoff, those held out left aside."""
    return offers.count(where=(offers.offered_days_ago <= 182) & (offers.arm != "held_out"))


@signal(table="offers", group="feedback", unit="yes/no", days=84, missing=0, needs=("accepted_at",))
def feedback_offer_accepted_84d(offers: ir.Table) -> ir.Value:
    """Whether an offer was accepted in the 84 days before the cutoff."""
    accepted = offers.accepted_at.notnull() & (offers.accepted_days_ago <= 84)
    return ibis.coalesce(accepted.cast("int64").max(), ibis.literal(0))
