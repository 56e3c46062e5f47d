"""Where a customer stands in a table, found once for all tables that hold the same customers in the same order."""

import numpy as np
import pandas as pd


class Places:
    """The customers of one table, so that others find their rows in it.

    Parameters
    ----------
    ids
        Ids of the customers, each once.

    Examples
    --------
    >>> Places(pd.Series(["a", "b"])).of(pd.Series(["b", "x"])).tolist()
    [1, -1]
    """

    def __init__(self, ids: pd.Series) -> None:
        self.index = pd.Index(ids)  # its hash table is made by the first question and kept for the next ones

    def of(self, wanted: pd.Series) -> np.ndarray:
        """Give the place of each customer; -1 where it is not there."""
        return np.asarray(self.index.get_indexer(pd.Index(wanted)))

    def in_order_of(self, ids: pd.Series) -> "Places":
        """Give the places in another table: these, where it holds the same customers in the same order."""
        other = pd.Index(ids)
        return self if self.index.equals(other) else Places(ids)
