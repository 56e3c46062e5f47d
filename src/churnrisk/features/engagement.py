"""Signals of engagement: mail opened and clicked, logins, unsubscribing."""

import ibis.expr.types as ir

from churnrisk.features.signal import in_days, per_day, ratio, signal


@per_day("engagement")
def sent(engagement: ir.Table) -> ir.Value:
    """Count the messages sent on a customer-day."""
    return engagement.count(where=engagement.action == "sent")


@per_day("engagement")
def opened(engagement: ir.Table) -> ir.Value:
    """Count the messages opened on a customer-day."""
    return engagement.count(where=engagement.action == "opened")


@per_day("engagement")
def clicked(engagement: ir.Table) -> ir.Value:
    """Count the messages clicked on a customer-day."""
    return engagement.count(where=engagement.action == "clicked")


@per_day("engagement")
def unsubscribed(engagement: ir.Table) -> ir.Value:
    """Count the withdrawals from mail of a customer-day."""
    return engagement.count(where=engagement.action == "unsubscribed")


@per_day("engagement")
def logins(engagement: ir.Table) -> ir.Value:
    """Count the logins of a customer-day."""
    return engagement.count(where=engagement.action == "login")


@signal(table="engagement", group="engagement", unit="messages", days=56, missing=0)
def engagement_sent_56d(engagement: ir.Table) -> ir.Value:
    """Messages sent in the 56 days before the cutoff."""
    return engagement.sent.sum(where=engagement.days_ago <= 56)


@signal(
    table="engagement",
    group="engagement",
    unit="share",
    days=56,
    raises_risk="low",
    sentence="Opened {value:%} of the messages of the last 56 days",
    actionable=True,
    change="{value:%} of the messages of the last 56 days opened",
)
def engagement_open_rate_56d(engagement: ir.Table) -> ir.Value:
    """Messages opened per message sent, in the 56 days before the cutoff."""
    recent = engagement.days_ago <= 56
    return ratio(engagement.opened.sum(where=recent), engagement.sent.sum(where=recent))


@signal(
    table="engagement",
    group="engagement",
    unit="share",
    days=168,
    raises_risk="low",
    sentence="Opened {value:%} of the messages of the last 168 days",
    actionable=True,
    change="{value:%} of the messages of the last 168 days opened",
)
def engagement_open_rate_168d(engagement: ir.Table) -> ir.Value:
    """Messages opened per message sent, in the 168 days before the cutoff."""
    recent = engagement.days_ago <= 168
    return ratio(engagement.opened.sum(where=recent), engagement.sent.sum(where=recent))


@signal(
    table="engagement",
    group="engagement",
    unit="points of share",
    days=168,
    raises_risk="low",
    below=0,
    sentence="The share of messages opened fell by {value:%magnitude} points",
)
def engagement_open_rate_change_56d(engagement: ir.Table) -> ir.Value:
    """Open rate of the last 56 days, less that of the 112 days before."""
    recent, before = engagement.days_ago <= 56, in_days(57, 168)(engagement)
    now = ratio(engagement.opened.sum(where=recent), engagement.sent.sum(where=recent))
    return now - ratio(engagement.opened.sum(where=before), engagement.sent.sum(where=before))


@signal(
    table="engagement",
    group="engagement",
    unit="share",
    days=56,
    raises_risk="low",
    sentence="Clicked {value:%} of the messages of the last 56 days",
    actionable=True,
    change="{value:%} of the messages of the last 56 days clicked",
)
def engagement_click_rate_56d(engagement: ir.Table) -> ir.Value:
    """Messages clicked per message sent, in the 56 days before the cutoff."""
    recent = engagement.days_ago <= 56
    return ratio(engagement.clicked.sum(where=recent), engagement.sent.sum(where=recent))


@signal(
    table="engagement",
    group="engagement",
    unit="points of share",
    days=168,
    raises_risk="low",
    below=0,
    sentence="The share of messages clicked fell by {value:%magnitude} points",
)
def engagement_click_rate_change_56d(engagement: ir.Table) -> ir.Value:
    """Click rate of the last 56 days, less that of the 112 days before."""
    recent, before = engagement.days_ago <= 56, in_days(57, 168)(engagement)
    now = ratio(engagement.clicked.sum(where=recent), engagement.sent.sum(where=recent))
    return now - ratio(engagement.clicked.sum(where=before), engagement.sent.sum(where=before))


@signal(
    table="engagement",
    group="engagement",
    unit="days",
    raises_risk="high",
    above=13,
    sentence="Opened no message for {value:day|days}",
    actionable=True,
    change="{value:day|days} since a message was last opened",
)
def engagement_days_since_open(engagement: ir.Table) -> ir.Value:
    """Days since a message was last opened."""
    return engagement.days_ago.min(where=engagement.opened > 0)


@signal(
    table="engagement",
    group="engagement",
    unit="days",
    raises_risk="high",
    above=6,
    sentence="No login for {value:day|days}",
    actionable=True,
    change="{value:day|days} since the last login",
)
def engagement_days_since_login(engagement: ir.Table) -> ir.Value:
    """Days since the last login."""
    return engagement.days_ago.min(where=engagement.logins > 0)


@signal(
    table="engagement",
    group="engagement",
    unit="logins",
    days=28,
    missing=0,
    raises_risk="low",
    sentence="Only {value:login|logins} in the last 28 days",
    actionable=True,
    change="{value:login|logins} in the last 28 days",
)
def engagement_logins_28d(engagement: ir.Table) -> ir.Value:
    """Logins in the 28 days before the cutoff."""
    return engagement.logins.sum(where=engagement.days_ago <= 28)


@signal(
    table="engagement",
    group="engagement",
    unit="logins",
    days=84,
    missing=0,
    raises_risk="low",
    sentence="Only {value:login|logins} in the last 84 days",
    actionable=True,
    change="{value:login|logins} in the last 84 days",
)
def engagement_logins_84d(engagement: ir.Table) -> ir.Value:
    """Logins in the 84 days before the cutoff."""
    return engagement.logins.sum(where=engagement.days_ago <= 84)


@signal(
    table="engagement",
    group="engagement",
    unit="logins",
    days=182,
    missing=0,
    raises_risk="low",
    sentence="Only {value:login|logins} in the last 182 days",
    actionable=True,
    change="{value:login|logins} in the last 182 days",
)
def engagement_logins_182d(engagement: ir.Table) -> ir.Value:
    """Logins in the 182 days before the cutoff."""
    return engagement.logins.sum(where=engagement.days_ago <= 182)


@signal(
    table="engagement",
    group="engagement",
    unit="withdrawals",
    days=182,
    missing=0,
    raises_risk="high",
    above=0,
    sentence="Unsubscribed from messages in the last 182 days",
)
def engagement_unsubscribed_182d(engagement: ir.Table) -> ir.Value:
    """Withdrawals from mail in the 182 days before the cutoff."""
    return engagement.unsubscribed.sum(where=engagement.days_ago <= 182)
