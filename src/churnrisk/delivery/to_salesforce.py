"""The place ``[delivery.salesforce]``."""

from churnrisk.delivery.again import address_of
from churnrisk.delivery.aside import told_of
from churnrisk.delivery.place import Errand, Place, Sending
from churnrisk.delivery.salesforce import SECTION, as_lines, upsert
from churnrisk.settings.delivery import SalesforcePlace


def salesforce_place(place: SalesforcePlace) -> Place:
    """Give Salesforce as a place.

    Raises
    ------
    DeliveryError
        When its url is none.
    """
    told = f"{place.object} of Salesforce at {address_of(place.url, SECTION).partition('://')[2]}"

    def hand_over(errand: Errand) -> Sending:
        rows = errand.run.rows(place.list)
        as_lines(place, rows.head(1))  # a column that is missing is said before the login
        refused = upsert(place, rows) if len(rows) else {}
        return told_of(errand, "salesforce", told, len(rows), refused)

    return Place("salesforce", told, (place.list,), False, place, hand_over)
