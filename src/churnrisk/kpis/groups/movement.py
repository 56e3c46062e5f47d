"""How many customers went from one group to another, from month to month."""

from dataclasses import dataclass
from itertools import pairwise

import pandas as pd

#: Where a customer was before it came, and is after it went.
CAME, WENT = "new", "gone"


@dataclass(frozen=True)
class Movement:
    """Customers between groups.

    Parameters
    ----------
    table
        ``from_cutoff, to_cutoff, from_group, to_group, customers``.
    changes
        One row a pair of cutoffs: ``from_cutoff, to_cutoff, customers`` (there at both), ``changed, changed_share``.
    """

    table: pd.DataFrame
    changes: pd.DataFrame

    @property
    def changed_share(self) -> float | None:
        """The mean share of customers that changed group from one cutoff to the next; None without two cutoffs."""
        return None if self.changes.empty else float(self.changes["changed_share"].mean())


def movement(history: pd.DataFrame) -> Movement:
    """Count for each pair of neighbouring cutoffs who stayed in a group, changed, came and went.

    Parameters
    ----------
    history
        ``customer_id, cutoff, group``.

    Examples
    --------
    >>> rows = [("a", 1, "heavy use"), ("b", 1, "light use"), ("a", 2, "light use"), ("c", 2, "light use")]
    >>> found = movement(pd.DataFrame(rows, columns=["customer_id", "cutoff", "group"]))
    >>> found.table[["from_group", "to_group", "customers"]].to_numpy().tolist()
    [['heavy use', 'light use', 1], ['light use', 'gone', 1], ['new', 'light use', 1]]
    >>> found.changed_share
    1.0
    """
    days = sorted(history["cutoff"].unique())
    tables, changes = [], []
    for before, after in pairwise(days):
        both = _beside(history, before, after)
        counts = both.value_counts(["from_group", "to_group"]).rename("customers").reset_index()
        counts = counts.sort_values(["from_group", "to_group"], ignore_index=True)
        counts.insert(0, "from_cutoff", before)
        counts.insert(1, "to_cutoff", after)
        tables.append(counts)
        there = both[(both["from_group"] != CAME) & (both["to_group"] != WENT)]
        changed = int((there["from_group"] != there["to_group"]).sum())
        share = round(changed / len(there), 4) if len(there) else 0.0
        changes.append((before, after, len(there), changed, share))
    columns = ["from_cutoff", "to_cutoff", "from_group", "to_group", "customers"]
    table = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)
    names = ["from_cutoff", "to_cutoff", "customers", "changed", "changed_share"]
    return Movement(table, pd.DataFrame(changes, columns=names))


def _beside(history: pd.DataFrame, before: object, after: object) -> pd.DataFrame:
    sides = [
        history.loc[history["cutoff"] == day, ["customer_id", "group"]].rename(columns={"group": name})
        for day, name in ((before, "from_group"), (after, "to_group"))
    ]
    both = sides[0].merge(sides[1], on="customer_id", how="outer")
    return both.fillna({"from_group": CAME, "to_group": WENT})
