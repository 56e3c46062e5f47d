"""What alerts promise beside what simulation shows."""

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from churnrisk.bench.alerts import NUMBERS, RATES, RISE, WITHIN, Alarms, Truth, false_alarms, found_within

Say = Callable[[str], None]

#: False alarms may be so many times what is promised.
ALLOWED = 1.5
#: A rise from 4 to 5.3 % must be found in so many of the runs, with ten series watched.
MUST_FIND = 0.8
#: Runs of each base rate.
RUNS = 500

#: What companies are like in which nothing changes.
QUIET = {
    "nothing but chance, 12 months known": Truth(known=12),
    "nothing but chance, 24 months known": Truth(known=24),
    "each December twice as high, 26 months known": Truth(known=26, december=2.0),
    "each December a third higher, 26 months known": Truth(known=26, december=1.3),
    "months vary twice as much as chance, 12 known": Truth(known=12, times=2.0),
    "months vary twice as much as chance, 24 known": Truth(known=24, times=2.0),
}


@dataclass(frozen=True)
class Report:
    """Figures of one run.

    Parameters
    ----------
    quiet
        What companies were like = their false alarms.
    power
        Months known and base rate = share of runs in which the rise was found, by number of series.
    companies
        False alarms, and in how many of how many whole companies the rise was found; None where none were run.
    """

    quiet: dict[str, Alarms]
    power: dict[tuple[int, float], dict[int, float]]
    companies: tuple[Alarms, int, int] | None
    runs: int

    @property
    def kept(self) -> bool:
        """Whether alerts keep what is promised of them."""
        chance = [one for name, one in self.quiet.items() if "nothing but chance" in name]
        a_year = sum(one.lines for one in chance) / sum(one.years for one in chance)
        return a_year <= ALLOWED and self.power[12, 0.04][10] >= MUST_FIND


def run(*, years: int, companies: int, seed: int, folder: Path, runs: int = RUNS, say: Say = print) -> Report:
    """Simulate companies with and without a change, and count.

    Parameters
    ----------
    years
        Simulated years without a change for each of ``QUIET``, with 10 watched series; at most 1 alert a year is
        promised.
    companies
        Whole companies from tables to alerts: so many years without a change, and so many rises.
    """
    quiet = {}
    for name, truth in QUIET.items():
        quiet[name] = false_alarms(truth, years, seed)
        say(f"{name}: {_alarms(quiet[name])}")
    power = {}
    for known in (12, 24):
        for rate in RATES:
            truth = Truth(rate=rate, known=known, judged=WITHIN, rise=RISE)
            power[known, rate] = found_within(truth, runs, seed)
            say(f"{known} months known, {rate:.1%} x {RISE:.3f}: {power[known, rate]}")
    report = Report(quiet, power, _companies(companies, seed, say) if companies else None, runs)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "alerts.json").write_text(json.dumps(_plain(report), indent=2) + "\n", encoding="utf-8")
    return report


def _companies(number: int, seed: int, say: Say) -> tuple[Alarms, int, int]:
    """Take whole companies from tables to alerts."""
    from churnrisk.bench.alert_companies import judged, write_company

    quiet, found = Alarms(years=number), 0
    rising = Truth(judged=WITHIN, rise=RISE)
    for one in range(number):
        with tempfile.TemporaryDirectory() as place:
            lines = judged(write_company(Path(place) / "quiet", replace(rising, rise=1.0, judged=12), seed + one))
            quiet.lines += len(lines)
            quiet.raised += int((lines["period"] == lines["first_raised"]).sum())
            lines = judged(write_company(Path(place) / "rising", rising, seed + one))
            found += bool(((lines["value"] == "plan 1") & (lines["direction"] == "higher")).any())
        say(f"company {one + 1}: {quiet.lines} false alarms so far, {found} rises found")
    return quiet, found, number


def _alarms(one: Alarms) -> str:
    low, high = one.interval
    return (
        f"{one.a_year:.2f} alerts a year [{low:.2f}, {high:.2f}], {one.raised / one.years:.2f} newly raised "
        f"({one.years} years)"
    )


def as_text(report: Report) -> str:
    """Write the figures for people."""
    lines = ["False alarms; at most 1 a year is promised over 10 watched series (the same alarm counts each month):"]
    for name, one in report.quiet.items():
        lines.append(f"  {name:<48} {_alarms(one)}")
    lines += [
        "",
        f"A rise of {RISE - 1:.0%} in one plan of 2,000 customers, found in that plan within {WITHIN} months",
    ]
    lines.append(f"({report.runs} runs), by base rate and number of watched series:")
    lines.append(f"  {'known':<10}{'a month':<10}" + "".join(f"{number:>8}" for number in NUMBERS))
    for (known, rate), found in report.power.items():
        shares = "".join(f"{found[number]:>8.0%}" for number in NUMBERS)
        lines.append(f"  {f'{known} months':<10}{f'{rate:.1%}':<10}{shares}")
    if report.companies is not None:
        quiet, rises, number = report.companies
        lines += ["", "Whole companies, from tables to alerts (16 to 20 series by default, 12 months known):"]
        lines.append(f"  without a change: {_alarms(quiet)}")
        lines.append(f"  rise from 4 to 5.3 %: found in {rises} of {number}")
    lines += ["", "Alerts keep their promise." if report.kept else "Alerts do NOT keep their promise."]
    return "\n".join(lines)


def _plain(report: Report) -> dict[str, object]:
    told: dict[str, object] = {name: one.__dict__ for name, one in report.quiet.items()}
    told |= {f"power, {known} months known, {rate:.1%}": found for (known, rate), found in report.power.items()}
    if report.companies is not None:
        told["companies"] = {"alarms": report.companies[0].__dict__, "found": report.companies[1:]}
    return told | {"kept": report.kept}
