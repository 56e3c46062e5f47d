"""The embedded sample company: a seeded simulation of a subscription business, and its true churn probabilities."""

from churnrisk.sources.sample.truth import read_truth
from churnrisk.sources.sample.write import SampleReport, write_sample

__all__ = ["SampleReport", "read_truth", "write_sample"]
