"""The place ``[delivery.hubspot]``."""

from churnrisk.delivery.again import address_of
from churnrisk.delivery.aside import told_of
from churnrisk.delivery.hubspot import SECTION, as_inputs, update
from churnrisk.delivery.place import Errand, Place, Sending
from churnrisk.settings.delivery import HubspotPlace


def hubspot_place(place: HubspotPlace) -> Place:
    """Give HubSpot as a place.

    Raises
    ------
    DeliveryError
        When its url is none.
    """
    told = f"{place.object} of HubSpot at {address_of(place.url, SECTION).partition('://')[2]}"

    def hand_over(errand: Errand) -> Sending:
        rows = errand.run.rows(place.list)
        as_inputs(place, rows.head(1))  # a column that is missing is said before anything is sent
        refused = update(place, rows) if len(rows) else {}
        return told_of(errand, "hubspot", told, len(rows), refused)

    return Place("hubspot", told, (place.list,), False, place, hand_over)
