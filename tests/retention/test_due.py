"""By when a customer is due: working days, the list's own day the first."""

from datetime import date

import pytest

from churnrisk.retention.due import due_days
from churnrisk.settings import PipelineSettings, SegmentSettings, TeamSettings

FRIDAY, SATURDAY = date(2025, 7, 4), date(2025, 7, 5)


@pytest.mark.parametrize(
    ("cutoff", "segment", "due"),
    [
        (FRIDAY, "critical", date(2025, 7, 4)),
        (FRIDAY, "high", date(2025, 7, 10)),
        (FRIDAY, "medium", date(2025, 7, 31)),
        (SATURDAY, "critical", date(2025, 7, 7)),
        (SATURDAY, "high", date(2025, 7, 11)),
        (FRIDAY, "low", None),
    ],
)
def test_due_counts_working_days_from_the_list_on(cutoff, segment, due):
    assert due_days([segment], PipelineSettings(), cutoff) == [due]


def test_nothing_is_due_without_a_cutoff():
    assert due_days(["critical", "high"], PipelineSettings(), None) == [None, None]


def test_segments_beyond_the_days_that_are_named_are_due_with_the_last():
    settings = PipelineSettings(
        segments=SegmentSettings(names=["a", "b", "c", "d"], shares=[0.1, 0.2, 0.3]), team=TeamSettings(days=[1, 2])
    )
    assert due_days(["a", "b", "c", "d"], settings, date(2025, 7, 1)) == [
        date(2025, 7, 1),
        date(2025, 7, 2),
        date(2025, 7, 2),
        None,
    ]
