"""Who is a customer when: the one definition of churn, read by labels, key figures, cohorts and effects."""
