"""Every table of churnrisk: its columns, its key, and from when its rows are known."""

from churnrisk.catalog import Catalog
from churnrisk.tables.contract import Column, Contract

CONTRACTS: Catalog[Contract] = Catalog("table")

CONTRACTS.add(
    "customers",
    Contract(
        "customers",
        (
            Column("customer_id", "text", "who can churn", required=True),
            Column("signed_up_at", "time", "first contact; else the first start or event"),
        ),
        known_from=("signed_up_at",),
        key=("customer_id",),
        attributes=True,
    ),
)

CONTRACTS.add(
    "subscriptions",
    Contract(
        "subscriptions",
        (
            Column("subscription_id", "text", "key, with started_at", required=True),
            Column("customer_id", "text", "whose it is", required=True),
            Column("started_at", "time", "first day of service, or of this term", required=True),
            Column("ended_at", "time", "end of service", revealed_by=("ended_at", "cancelled_at"), planned=True),
            Column("cancelled_at", "time", "day notice was given", revealed_by=("cancelled_at",)),
            Column("end_reason", "text", "why it ended", revealed_by=("ended_at", "cancelled_at")),
            Column("plan", "text", "the plan's name"),
            Column("mrr", "money", "monthly recurring revenue"),
            Column("term_ends_at", "time", "end of the term as agreed at its start", planned=True),
            Column("auto_renew", "bool", "whether the term renews by itself"),
            Column(
                "auto_renew_off_at",
                "time",
                "day renewal was switched off",
                revealed_by=("auto_renew_off_at",),
            ),
            Column("is_trial", "bool", "whether the row is a trial", default=False),
            Column("trial_ends_at", "time", "first paid day of a row that begins as a trial", planned=True),
        ),
        known_from=("started_at",),
        key=("subscription_id", "started_at"),
        ordered=(("started_at", "ended_at"),),
        no_history=("plan", "mrr", "auto_renew", "term_ends_at"),
        attributes=True,
    ),
)

CONTRACTS.add(
    "usage",
    Contract(
        "usage",
        (
            Column("customer_id", "text", "who used", required=True),
            Column("occurred_at", "time", "when", required=True),
            Column("event", "text", "what was done"),
            Column("quantity", "number", "how much of it", default=1.0),
            Column("amount", "money", "money that it brought"),
        ),
        known_from=("occurred_at",),
    ),
)

CONTRACTS.add(
    "invoices",
    Contract(
        "invoices",
        (
            Column("invoice_id", "text", "key", required=True),
            Column("customer_id", "text", "who pays", required=True),
            Column("due_at", "time", "day payment is due", required=True, planned=True),
            Column("amount", "money", "what is owed; negative for a credit", required=True),
            Column("issued_at", "time", "day of issue; else due_at"),
            Column("paid_at", "time", "day it was paid", revealed_by=("paid_at",)),
            Column("failed_at", "time", "day a payment failed", revealed_by=("failed_at",)),
        ),
        known_from=("issued_at", "paid_at"),
        key=("invoice_id",),
    ),
)

CONTRACTS.add(
    "tickets",
    Contract(
        "tickets",
        (
            Column("ticket_id", "text", "key", required=True),
            Column("customer_id", "text", "who asked", required=True),
            Column("opened_at", "time", "when it was opened", required=True),
            Column("resolved_at", "time", "when it was resolved", revealed_by=("resolved_at",)),
            Column("severity", "text", "how grave"),
            Column("category", "text", "what it was about"),
            Column("satisfaction", "number", "score given after it", revealed_by=("resolved_at",)),
        ),
        known_from=("opened_at",),
        key=("ticket_id",),
        ordered=(("opened_at", "resolved_at"),),
        no_history=("severity", "category"),
    ),
)

CONTRACTS.add(
    "engagement",
    Contract(
        "engagement",
        (
            Column("customer_id", "text", "who was reached", required=True),
            Column("occurred_at", "time", "when", required=True),
            Column("action", "text", "sent, opened, clicked, unsubscribed, login, ...", required=True),
            Column("channel", "text", "through what"),
            Column("campaign", "text", "for what"),
        ),
        known_from=("occurred_at",),
    ),
)

CONTRACTS.add(
    "surveys",
    Contract(
        "surveys",
        (
            Column("customer_id", "text", "who answered", required=True),
            Column("answered_at", "time", "when", required=True),
            Column("score", "number", "the answer", required=True),
            Column("kind", "text", "nps or csat", default="nps"),
        ),
        known_from=("answered_at",),
    ),
)

CONTRACTS.add(
    "churn_events",
    Contract(
        "churn_events",
        (
            Column("customer_id", "text", "who left", required=True),
            Column("churned_at", "time", "when", required=True),
            Column("reason", "text", "why"),
            Column("returned_at", "time", "when they came back", revealed_by=("returned_at",)),
        ),
        known_from=("churned_at",),
        key=("customer_id", "churned_at"),
        ordered=(("churned_at", "returned_at"),),
    ),
)

CONTRACTS.add(
    "offers",
    Contract(
        "offers",
        (
            Column("customer_id", "text", "who got it", required=True),
            Column("offered_at", "time", "when", required=True),
            Column("measure", "text", "what was offered", required=True),
            Column("cost", "money", "what it cost"),
            Column("arm", "text", "offered or held_out", default="offered"),
            Column("accepted_at", "time", "when it was accepted", revealed_by=("accepted_at",)),
            Column("ends_at", "time", "when it ends", planned=True),
        ),
        known_from=("offered_at",),
    ),
)
