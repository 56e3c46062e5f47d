"""Who is left alone on purpose, so that the effect of what the team does can be measured."""

import hashlib
from collections.abc import Iterable

import numpy as np


def held_out(customers: Iterable[str], share: float, key: str) -> np.ndarray:
    """Say of each customer whether it is held out: a share of all, chosen by a keyed hash of the id.

    The same customer is held out every night and on every machine. Raising the share holds out more, and nobody
    less; another key draws anew.

    Parameters
    ----------
    share
        Between 0 (nobody) and 1.
    key
        A word that only chooses; two pipelines with different words hold out different customers.

    Examples
    --------
    >>> held_out(["a", "b", "c", "d"], 0.5, "sample").tolist()
    [False, False, True, False]
    """
    ids = list(customers)
    if share <= 0:
        return np.zeros(len(ids), dtype=bool)
    secret = hashlib.blake2b(key.encode(), digest_size=32).digest()
    drawn = b"".join(hashlib.blake2b(one.encode(), digest_size=8, key=secret).digest() for one in ids)
    return np.frombuffer(drawn, dtype=">u8") < np.uint64(min(int(share * 2.0**64), 2**64 - 1))
