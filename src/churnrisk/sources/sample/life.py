"""What happens to the customers in one month: who leaves, who renews or changes, who starts."""

from dataclasses import dataclass

import numpy as np

from churnrisk.settings import SampleSettings
from churnrisk.sources.sample import frailty, hazard
from churnrisk.sources.sample.calendar import NEVER, NONE, Calendar
from churnrisk.sources.sample.company import Company
from churnrisk.sources.sample.rows import REASONS, Rows, reason

#: Share of customers that come back some months after they left.
RETURN_SHARE = 0.12


@dataclass(frozen=True)
class Outlook:
    """The hazards of the customers at risk at a month's start."""

    who: np.ndarray
    voluntary: np.ndarray
    involuntary: np.ndarray
    belief: np.ndarray


def outlook(company: Company, month: int, calendar: Calendar, signal: float) -> Outlook:
    """Work out the hazards of one month at its start."""
    who = np.flatnonzero(company.at_risk(int(calendar.start(month))))
    ahead = hazard.hazards(company.standing(month, calendar), calendar.name(month).month, signal)
    return Outlook(who, ahead.voluntary[who], ahead.involuntary[who], company.belief[who])


@dataclass
class Life:
    """One block of customers going through the months.

    Parameters
    ----------
    settings
        Months, signal, and so on.
    rng
        The block's own numbers.
    rows
        Subscription rows, as they close.
    """

    company: Company
    settings: SampleSettings
    calendar: Calendar
    rng: np.random.Generator
    rows: Rows

    def leave(self, month: int, ahead: Outlook) -> None:
        """Let customers go by their hazards, and learn about the frailty of all."""
        company, who = self.company, ahead.who
        signal = self.settings.signal
        failed = self.rng.random(len(who)) < 1 - np.exp(-ahead.involuntary)
        of_own = company.frailty[who] ** signal * ahead.voluntary
        noticed = ~failed & (self.rng.random(len(who)) < 1 - np.exp(-of_own))
        learned = frailty.updated(ahead.belief, ahead.voluntary, signal, noticed)
        company.belief[who] = np.where(failed[:, None], ahead.belief, learned)
        day = self.calendar.start(month) + self.rng.integers(0, self.calendar.length(month), len(who))
        self._renew_before(month, who[noticed | failed], day[noticed | failed])
        self._give_notice(month, who[noticed], day[noticed])
        self._fail(who[failed], day[failed])

    def _renew_before(self, month: int, who: np.ndarray, day: np.ndarray) -> None:
        """Renew the terms that end before the customer's last day."""
        late = who[self.company.term_end[who] < day]
        nothing = np.zeros(len(late), int)
        self._new_rows(late, self.company.term_end[late], nothing.astype(bool), nothing)

    def _give_notice(self, month: int, who: np.ndarray, day: np.ndarray) -> None:
        company = self.company
        month_end = int(self.calendar.start(month + 1))
        just_renewed = company.row_start[who] >= self.calendar.start(month)
        ends = np.where(company.yearly[who] & ~just_renewed, company.term_end[who], month_end)
        why = self.rng.integers(reason("not_needed"), len(REASONS), len(who))
        self.rows.close(company, who, ended=ends, cancelled=day, why=why)
        self._mark_gone(who, ends)

    def _fail(self, who: np.ndarray, day: np.ndarray) -> None:
        why = np.where(self.rng.random(len(who)) < 0.6, reason("payment_failed"), reason("card_expired"))
        self.rows.close(self.company, who, ended=day, why=why)
        self._mark_gone(who, day)

    def _mark_gone(self, who: np.ndarray, ends: np.ndarray) -> None:
        company = self.company
        company.leaving[who] = True
        company.service_to[who] = ends
        back = self.calendar.month_of(ends) + self.rng.integers(2, 7, len(who))
        back_on = self.calendar.start(np.minimum(back, self.calendar.months + 20)) + self.rng.integers(
            0, 28, len(who)
        )
        returns = self.rng.random(len(who)) < RETURN_SHARE
        company.returns_on[who] = np.where(returns, back_on, NEVER)

    def change(self, month: int) -> None:
        """Renew terms, raise prices, move customers up and down, and let some switch renewal off."""
        company, calendar = self.company, self.calendar
        running = np.flatnonzero(company.at_risk(int(calendar.start(month))))
        yearly = company.yearly[running]
        ending = yearly & (company.term_end[running] < calendar.start(month + 1))
        age = month - calendar.month_of(company.paid_from[running])
        reviewed = np.where(yearly, ending, (age > 0) & (age % 12 == 0))
        rises = reviewed & (self.rng.random(len(running)) < 0.5)
        step = self._plan_steps(running, np.where(yearly, ending * 4.0, 1.0))
        day = calendar.start(month) + self.rng.integers(0, 28, len(running))
        day = np.where(yearly, company.term_end[running], day)
        new = ending | (~yearly & (rises | (step != 0)))
        company.risen_in[running[rises]] = month
        company.downgraded_in[running[step < 0]] = month
        company.satisfaction[running] -= 0.3 * rises
        self._switch_renewal_off(month, running[yearly & ~ending])
        self._new_rows(running[new], day[new], rises[new], step[new])

    def _plan_steps(self, who: np.ndarray, chance: np.ndarray) -> np.ndarray:
        """Draw who goes a plan up (1) or down (-1)."""
        need, plan = self.company.need[who], self.company.plan[who]
        drawn = self.rng.random(len(who))
        up = drawn < 0.008 * np.exp(0.4 * need) * chance
        down = drawn > 1 - 0.006 * np.exp(-0.5 * need) * chance
        return np.where(up & (plan < 2), 1, np.where(down & (plan > 0), -1, 0))

    def _new_rows(self, who: np.ndarray, day: np.ndarray, rises: np.ndarray, step: np.ndarray) -> None:
        """Close the running rows of some customers, and begin new ones with the new term, plan or price."""
        company = self.company
        why = np.where(step != 0, reason("plan_changed"), reason("price_changed"))
        self.rows.close(company, who, ended=day, why=np.where(company.yearly[who], reason("renewed"), why))
        company.plan[who] += step
        moved = who[step != 0]
        company.mrr[moved] = company.price(moved)
        dearer = who[rises]
        company.mrr[dearer] = np.round(company.mrr[dearer] * (1 + self.rng.uniform(0.03, 0.12, len(dearer))), 2)
        self._begin_row(who, day)

    def _begin_row(self, who: np.ndarray, day: np.ndarray) -> None:
        company = self.company
        company.row_start[who] = day
        month = self.calendar.month_of(day)
        a_year_on = self.calendar.start(month + 12) + day - self.calendar.start(month)
        company.term_end[who] = np.where(company.yearly[who], a_year_on, NEVER)
        company.auto_renew[who] = ~company.yearly[who] | (self.rng.random(len(who)) < 0.9)
        company.renewal_off_at[who] = NONE

    def _switch_renewal_off(self, month: int, who: np.ndarray) -> None:
        company = self.company
        chance = 0.015 * np.exp(-0.5 * company.satisfaction[who] - 0.3 * company.need[who])
        can = company.auto_renew[who] & (company.renewal_off_at[who] == NONE)
        off = who[can & (self.rng.random(len(who)) < chance)]
        company.renewal_off_at[off] = self.calendar.start(month) + self.rng.integers(0, 28, len(off))

    def start(self, month: int) -> None:
        """Let new customers begin to pay, and former ones come back."""
        company, calendar = self.company, self.calendar
        first, last = calendar.start(month), calendar.start(month + 1)
        new = np.flatnonzero((company.first_paid >= first) & (company.first_paid < last))
        back = np.flatnonzero((company.returns_on >= first) & (company.returns_on < last))
        company.paid_from[new] = company.first_paid[new]
        company.paid_from[back] = company.service_from[back] = company.returns_on[back]
        company.stay[back] += 1
        company.need[back] = np.clip(company.need[back] + 0.8, -3, 3)
        company.leaving[back] = False
        company.service_to[back] = NEVER
        company.returns_on[back] = NEVER
        who = np.concatenate([new, back])
        self._begin_row(who, company.paid_from[who])

    def end(self) -> None:
        """Write the rows that still run when the months are over."""
        self.rows.close(self.company, np.flatnonzero(self.company.at_risk(self.calendar.end)))
