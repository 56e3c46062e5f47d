"""What a person sees of alerts: a sentence each, what was not judged, and where the rest lies."""

from pathlib import Path
from typing import TYPE_CHECKING

from churnrisk.terminal.printing import by_reason, console

if TYPE_CHECKING:
    from churnrisk.flows.alerts import AlertsResult

#: More reasons than this are counted, not listed.
LISTED = 8


def show_alerts(result: "AlertsResult") -> None:
    """Show each alert in a sentence, or that nothing moved more than chance explains."""
    screen = console()
    promise = f"{result.false_alarms:g} false alarm{'' if result.false_alarms == 1 else 's'} a year at most"
    screen.print(f"{result.pipeline}: {result.judged} series judged, {promise}.\n", soft_wrap=True)
    if result.scope:
        screen.print(result.scope, soft_wrap=True)
    for line in result.alerts:
        screen.print(f"! {line['sentence']}", soft_wrap=True)
    if not result.alerts:
        screen.print("Nothing moved more than chance explains.")
    screen.print("")
    for why, names in by_reason(result.not_watched).items():
        told = ", ".join(names[:LISTED]) + (f" and {len(names) - LISTED} more" if len(names) > LISTED else "")
        screen.print(f"Not judged: {told}: {why}.", soft_wrap=True)
    for note in result.sent:
        screen.print(f"{note}.")
    for what, where in result.look.items():
        screen.print(f"  {what}: {where}")


def show_bench_alerts(text: str, folder: Path) -> None:
    """Show the figures of a simulation, and where they lie."""
    console().print(f"{text}\n\n  figures: {folder / 'alerts.json'}", soft_wrap=True)
