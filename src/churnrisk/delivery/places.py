"""The places of ``[delivery]``: what of a night goes where, each night once; what failed is tried again."""

from collections.abc import Callable, Iterable
from pathlib import Path

from churnrisk.delivery.lists import Run, run_of
from churnrisk.delivery.log import one_line
from churnrisk.delivery.manifests import manifest_of
from churnrisk.delivery.outbox import Outbox
from churnrisk.delivery.place import Errand, Place, Sending
from churnrisk.delivery.values import records
from churnrisk.errors import ChurnRiskError, DeliveryError
from churnrisk.settings import PipelineSettings

#: How many rows a dry run shows.
SHOWN_ROWS = 2
#: How many marks of each value.
SHOWN_MARKS = 60


def send(settings: PipelineSettings, run_folder: Path, *, dry_run: bool = False) -> list[str]:
    """Hand the lists of a night to every place that does not have them yet, and say so in a sentence each.

    Parameters
    ----------
    dry_run
        Say what would be sent where, and send nothing.

    Raises
    ------
    DeliveryError
        When a place did not take its lists; all others were tried by then, and the next call tries again.
    """
    return hand_over(settings, run_folder, dry_run=dry_run).said


def hand_over(settings: PipelineSettings, run_folder: Path, *, dry_run: bool = False, again: bool = False) -> Sending:
    """Do what :func:`send` does, and count the rows that were set aside.

    Parameters
    ----------
    again
        Send also what was sent before.
    """
    places = places_of(settings)
    if not places:
        return Sending()
    run = run_of(run_folder)
    folder = settings.out_folder / "delivery"
    outbox = Outbox(folder / "sent.json")
    said: list[str] = []
    faults: list[str] = []
    set_aside, unexpected = 0, None
    for name, make in places.items():
        try:
            place = make()
            passed_over = _passed_over(place, run, settings, outbox, again=again)
            if passed_over:
                found = Sending([passed_over])
            elif dry_run:
                found = Sending(_shown(place, run))
            else:
                found = place.hand_over(Errand(run, settings, place.where, outbox, folder))
                outbox.add(place.where, [run.name])
            said += [f"{name}: {line}" for line in found.said]
            set_aside += found.set_aside
        except ChurnRiskError as fault:
            faults.append(f"{name}: {fault}")
        except Exception as fault:  # one place must not keep the lists from the others
            unexpected = fault
            faults.append(
                f"{name}: unexpected {type(fault).__name__}. Run churnrisk deliver with --debug to see where."
            )
    if faults:
        raise DeliveryError(_told(faults, said, len(places))) from unexpected
    return Sending(said, set_aside)


def places_of(settings: PipelineSettings) -> dict[str, Callable[[], Place]]:
    """Name the places of a pipeline, in the order in which they are tried, each with what opens it."""
    told = settings.delivery
    places: dict[str, Callable[[], Place]] = {}
    if (database := told.database) is not None:
        from churnrisk.delivery.to_database import database_place

        places["database"] = lambda: database_place(database, settings)
    if (webhook := told.webhook) is not None:
        from churnrisk.delivery.to_webhook import webhook_place

        places["webhook"] = lambda: webhook_place(webhook)
    if (salesforce := told.salesforce) is not None:
        from churnrisk.delivery.to_salesforce import salesforce_place

        places["salesforce"] = lambda: salesforce_place(salesforce)
    if (hubspot := told.hubspot) is not None:
        from churnrisk.delivery.to_hubspot import hubspot_place

        places["hubspot"] = lambda: hubspot_place(hubspot)
    return places


def _passed_over(place: Place, run: Run, settings: PipelineSettings, outbox: Outbox, *, again: bool) -> str:
    """Say why a night does not go to a place; empty where it does."""
    if not again and not outbox.new(place.where, [run.name]):
        return f"{run.name} was sent before"
    newest = manifest_of(settings.out_folder / "latest") or {}
    if not place.takes_older and run.cutoff is not None and str(newest.get("cutoff") or "") > str(run.cutoff):
        return f"{run.name} is not sent, because {newest['cutoff']} is newer and would be overwritten"
    return ""


def _shown(place: Place, run: Run) -> list[str]:
    """Say what would be sent."""
    lines = []
    for listed in place.lists:
        rows = run.rows(listed)
        lines.append(f"would send {len(rows):,} rows of {listed} to {place.told}")
        for row in records(rows.head(SHOWN_ROWS)):
            told = ", ".join(f"{name}={str(value)[:SHOWN_MARKS]}" for name, value in row.items() if value is not None)
            lines.append(f"  {one_line(told)}")
    return lines


def _told(faults: list[str], said: Iterable[str], places: int) -> str:
    """Put all faults into one message, with what went well."""
    plural = "place" if places == 1 else "places"
    head = f"{len(faults)} of {places} {plural} did not take the lists; the next run tries again:"
    done = [f"  {line}" for line in said]
    return "\n".join([head, *(f"  {line}" for line in faults), *(["The others:", *done] if done else [])])
