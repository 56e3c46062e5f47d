"""A tree's leaves read as sentences that mean one thing only."""

from churnrisk.modeling.rules import rules_of

PLAIN = {
    "columns": [{"column": "logins", "gaps": True}, {"column": "tickets", "gaps": False}],
    "nodes": {
        "column": [0, 1, -1, -1, 0, -1, -1],
        "threshold": [4.0, 0.5, 0, 0, 9.0, 0, 0],
        "missing_left": [True] * 7,
        "left": [1, 2, -1, -1, 5, -1, -1],
        "right": [4, 3, -1, -1, 6, -1, -1],
        "log_odds": [0, 0, 1.0, 2.0, 0, -1.0, -2.0],
        "rows": [40, 20, 10, 10, 20, 10, 10],
    },
}


def test_conditions_with_an_or_stand_in_brackets_beside_others():
    told = [rule.split(":")[0] for rule in rules_of(PLAIN)]
    assert told[0] == "(logins at most 4 or missing) and tickets above 0.5"
    assert told[-1] == "logins above 9"


def test_two_steps_on_one_column_are_one_stretch():
    assert any(rule.startswith("logins above 4 and up to 9:") for rule in rules_of(PLAIN))
