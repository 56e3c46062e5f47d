"""Text that a spreadsheet shows as text, whatever a customer is called.

A cell that begins with ``=``, ``+``, ``-``, ``@`` or a control character is run as a formula by common spreadsheets
when they open a CSV file. An apostrophe in front makes it text (OWASP, CSV injection).
"""

import re

import pandas as pd

#: What a formula can begin with, also in full width, and what may hide it.
STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
#: Marks that are not seen and can stand before it.
UNSEEN = "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff \u00a0"
#: Where a spreadsheet that parts cells by semicolons takes a new cell to begin, though it stands inside one of ours.
_INSIDE = re.compile(rf"([;\n][\"{UNSEEN}]*)('*)(?=[=+\-@＝＋－＠])")
#: What a text must hold for :func:`as_text` to change it.
_DOUBTFUL = rf"\r|;|\n|^[{UNSEEN}']*[=+\-@\t＝＋－＠]"


def as_text(value: object) -> object:
    """Put an apostrophe before a text that a spreadsheet would run; lines end in one way, all else stays as it is.

    The same holds behind a semicolon or a line's end within a text: where semicolons part cells, what follows is a
    cell of its own. Where an apostrophe stands there already it gets one more: :func:`as_written` gives back what
    was there.

    Examples
    --------
    >>> as_text("=HYPERLINK(1)"), as_text("+1"), as_text("Acme"), as_text(-2.5)
    ("'=HYPERLINK(1)", "'+1", 'Acme', -2.5)
    >>> as_text("Acme; =1+1")
    "Acme; '=1+1"
    """
    if not isinstance(value, str):
        return value
    text = value.replace("\r\n", "\n").replace("\r", "\n")  # a bare return is no line's end to every reader
    text = _INSIDE.sub(r"\1\2'", text)
    return f"'{text}" if _would_run(text) else text


def as_written(text: str) -> str:
    """Take away the apostrophes that :func:`as_text` put into a text.

    Examples
    --------
    >>> as_written("'=1"), as_written("''=1"), as_written("'tis"), as_written("Acme; '=1+1")
    ('=1', "'=1", "'tis", 'Acme; =1+1')
    """
    bare = text[1:] if text.startswith("'") and _would_run(text[1:]) else text
    return _INSIDE.sub(lambda found: found[1] + found[2][1:], bare)


def _would_run(text: str) -> bool:
    return text.lstrip(f"{UNSEEN}'").startswith(STARTS)


def safe_texts(rows: pd.DataFrame) -> pd.DataFrame:
    """Give the rows with every text such that a spreadsheet shows it as text, in headers too.

    Examples
    --------
    >>> safe_texts(pd.DataFrame({"name": ["@x", "y"], "mrr": [-1.0, 2.0]})).to_dict("list")
    {'name': ["'@x", 'y'], 'mrr': [-1.0, 2.0]}
    """
    shown = rows.rename(columns=as_text)
    texts = [name for name in shown.columns if not pd.api.types.is_numeric_dtype(shown[name])]
    for name in texts:
        if isinstance(shown[name].dtype, pd.CategoricalDtype):
            shown[name] = shown[name].astype(object)
        if shown[name].dtype == object or pd.api.types.is_string_dtype(shown[name]):
            shown[name] = _safe(shown[name])
    return shown


def _safe(texts: pd.Series) -> pd.Series:
    """Change the few texts that may have to be changed; looking at each one in turn takes seconds for a long list."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        found = pc.match_substring_regex(pa.array(texts, type=pa.string(), from_pandas=True), _DOUBTFUL)
    except (pa.ArrowInvalid, pa.ArrowTypeError):  # other things than texts among them
        return texts.map(as_text)
    doubtful = found.fill_null(False).to_numpy(zero_copy_only=False)
    if not doubtful.any():
        return texts
    changed = texts.astype(object).to_numpy(copy=True)
    changed[doubtful] = [as_text(value) for value in changed[doubtful]]
    return pd.Series(changed, index=texts.index, dtype=texts.dtype)
