"""What a person sees of lists on their way."""

from typing import TYPE_CHECKING

from churnrisk.terminal.printing import console

if TYPE_CHECKING:
    from churnrisk.flows.deliver import DeliverResult


def show_deliver(result: "DeliverResult") -> None:
    """Say of each place what became of the lists."""
    screen = console()
    if not result.places:
        screen.print("There is no place to send lists to. Name one in [delivery], as in docs/delivery.md.")
    for line in result.said:
        screen.print(line, soft_wrap=True)
