"""Lines beside a case on a wide terminal: who may handle it, and what was reported before and nearby."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from gridconsole.console.case_lines import due_content, earlier_lines
from gridconsole.console.text import cut, fit
from gridconsole.domain.text import printable
from gridconsole.language import t, word

if TYPE_CHECKING:
    from gridconsole.domain.ranking import Ranking
    from gridconsole.domain.views.queue import QueueRow
    from gridconsole.services.case_queries import CaseView
    from gridconsole.services.office import Office

CANDIDATES = 4
NEARBY = 6


def handler_lines(ranking: Ranking) -> Content:
    """Return the first candidates with their tier, duty, load and rate, and how many handlers cannot be chosen."""
    lines = []
    for at, one in enumerate(ranking.candidates[:CANDIDATES], 1):
        rate = "-" if one.on_time_rate is None else f"{one.on_time_rate:.0%}"
        duty = t("console.dispatch.on_shift" if one.on_shift else "console.dispatch.off_shift")
        lines.append(
            Content.styled(f"{at} {fit(printable(one.handler.name), 22)} ", "bold" if at == 1 else "")
            + Content(f"{fit(word(one.tier), 6)} {fit(duty, 6)} ")
            + Content.styled(t("around.load", count=one.open_load, rate=rate), "$mut")
        )
    if not ranking.candidates:
        key = "around.off_duty" if ranking.off_duty else "console.dispatch.nobody"
        lines.append(Content(t(key, count=len(ranking.off_duty))))
    others = sum(one.tier is None for one in ranking.excluded)
    if others:
        lines.append(Content.styled(t("around.excluded", count=others), "$mut"))
    return Content("\n").join(lines)


def nearby(view: CaseView, rows: Iterable[QueueRow]) -> list[QueueRow]:
    """Return the other open cases of a case's grid, those due first in front."""
    row = view.detail.row
    there = [one for one in rows if row.grid_code and one.grid_code == row.grid_code and one.id != row.id and one.is_open]
    return sorted(there, key=lambda one: one.sort_key)


def around_lines(office: Office, view: CaseView, near: Sequence[QueueRow]) -> Content:
    """Return what was reported from the same phone before, and what is open in the same grid."""
    lines = earlier_lines(office, view) or [Content.styled(t("around.no_phone"), "$dim")]
    lines += [Content(""), Content.styled(t("around.grid", count=len(near)), "bold $mut")]
    for one in near[:NEARBY]:
        rest = f"  {one.number[8:]}  {fit(one.category, 16)} {fit(word(one.state), 8)} {cut(one.handler, 20)}"
        lines.append(due_content(office, one) + Content(printable(rest.rstrip())))
    if len(near) > NEARBY:
        lines.append(Content.styled(t("around.more", count=len(near) - NEARBY), "$mut"))
    return Content("\n").join(lines)
