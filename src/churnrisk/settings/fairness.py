"""Which attributes are protected: the models are judged by them, and read none of them."""

from collections.abc import Iterable

from churnrisk.settings.base import Settings


class FairnessSettings(Settings):
    """By which attributes the models are judged group by group."""

    protected: list[str] = []
    """Columns of customers, or of the flat file, by which metrics and calibration are told; never features."""
    allow_as_features: list[str] = []
    """Protected columns that a model may read all the same."""

    @property
    def kept_out(self) -> list[str]:
        """The columns that no model may read.

        Examples
        --------
        >>> FairnessSettings(protected=["gender", "region"], allow_as_features=["region"]).kept_out
        ['gender']
        """
        return [name for name in self.protected if name not in self.allow_as_features]

    def readable(self, columns: Iterable[str]) -> list[str]:
        """Keep the columns that a model may read.

        Examples
        --------
        >>> FairnessSettings(protected=["gender"]).readable(["gender", "tenure"])
        ['tenure']
        """
        return [name for name in columns if name not in self.kept_out]

    def why_kept_out(self, name: str) -> str:
        """Say why a column is no feature, and what would make it one."""
        return (
            f"{name} is protected, and no feature; if a model may read it all the same, "
            f'say allow_as_features = ["{name}"] under [fairness]'
        )
