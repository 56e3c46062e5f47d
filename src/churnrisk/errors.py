"""The faults a user can meet; each says what was expected, what came, and what to do."""

#: So much of a value is shown in a fault.
SHOWN = 40


def shown(value: object) -> str:
    """Write a value of the company's as a fault shows it: in quotes, in one line, and its beginning only if long.

    Examples
    --------
    >>> shown("17850"), shown(12.5), shown("x" * 1000) == repr("x" * 40 + "…")
    ("'17850'", '12.5', True)
    """
    if isinstance(value, str):
        return repr(value if len(value) <= SHOWN else f"{value[:SHOWN]}…")
    return "nothing" if value is None or value != value else str(value)


class ChurnRiskError(Exception):
    """Base of every fault that churnrisk raises on purpose.

    The command line prints it as it is and ends with ``exit_code``.

    Examples
    --------
    >>> ChurnRiskError("The folder is empty. Put the tables into it.").exit_code
    1
    """

    exit_code = 1


class SettingsError(ChurnRiskError):
    """A pipeline's TOML holds something that cannot be used."""


class SourceError(ChurnRiskError):
    """A file or a database could not be read as the TOML says."""


class ContractError(ChurnRiskError):
    """Tables do not hold what their contracts ask for."""


class EngineError(ChurnRiskError):
    """The engine that runs the queries is missing or failed."""


class ModelError(ChurnRiskError):
    """A model is missing, changed, or does not fit the data it is given."""


class DeliveryError(ChurnRiskError):
    """A message could not be handed over; names the place, never a secret."""


class UnknownNameError(ChurnRiskError, LookupError):
    """A name that is not registered was asked for."""


class RefusedError(ChurnRiskError):
    """Everything was in order, and the work was refused all the same: no champion, a failed gate.

    Examples
    --------
    >>> RefusedError("There is no champion.").exit_code
    4
    """

    exit_code = 4
