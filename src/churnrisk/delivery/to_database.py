"""The place ``[delivery.database]``."""

from churnrisk.delivery.database import engine_of, in_words, write_lists
from churnrisk.delivery.place import Errand, Place, Sending
from churnrisk.settings import PipelineSettings
from churnrisk.settings.delivery import DatabasePlace


def database_place(place: DatabasePlace, settings: PipelineSettings) -> Place:
    """Give the database as a place; a night that was run again for an earlier cutoff keeps to its own rows.

    Raises
    ------
    DeliveryError
        When its address is none, or is not set.
    """
    told = f"{in_words(engine_of(place, settings.folder).url)}, table {', '.join(place.tables.values())}"

    def hand_over(errand: Errand) -> Sending:
        lists = {table: errand.run.rows(listed) for listed, table in place.tables.items()}
        write_lists(place, errand.run, lists, folder=settings.folder)
        counts = ", ".join(f"{len(rows):,} rows into {table}" for table, rows in lists.items())
        return Sending([f"{counts} of {in_words(engine_of(place, settings.folder).url)}"])

    takes_older = not place.key or "cutoff" in place.key
    return Place("database", told, tuple(place.tables), takes_older, place, hand_over)
