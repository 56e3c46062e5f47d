"""churnrisk: predictive churn risk, from a company's own tables to kept customers."""

__version__ = "0.1.0"
