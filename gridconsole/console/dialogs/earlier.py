"""Beside the form of a new report: the phone's, the alike and the place's earlier cases, each in a panel of its own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from gridconsole.console.text import line_of, safe
from gridconsole.console.widgets.panel import ScrollPanel
from gridconsole.console.widgets.queue_columns import masked_street
from gridconsole.domain.text import mask_text
from gridconsole.domain.views.queue import QueueRow
from gridconsole.language import t, word
from gridconsole.language.due import moment_text
from gridconsole.language.wording import clue_texts, or_more
from gridconsole.services import intake

if TYPE_CHECKING:
    from gridconsole.services.intake import Earlier
    from gridconsole.services.office import Office

PARTS = ("of_phone", "alike", "of_place")


class EarlierPanels(Vertical):
    """Cases that a report being written may belong to; a small terminal has no room for them."""

    SCOPED_CSS = False
    DEFAULT_CSS = """
    EarlierPanels { width: 1fr; height: 1fr; margin: 4 0 0 0; background: $bg; }
    EarlierPanels ScrollPanel { height: 1fr; }
    .small EarlierPanels { display: none; }
    """

    def compose(self) -> ComposeResult:
        """Lay out a panel for each kind of earlier case; they stand there before anything is found."""
        for name in PARTS:
            panel = ScrollPanel(id=f"{name}_panel", can_focus=False)
            panel.entitle(t(f"console.earlier.{name}"))
            with panel:
                yield Static("", id=name, markup=False)

    def show(self, office: Office, found: Earlier) -> None:
        """Show what was found."""
        for name, (title, lines) in sections(office, found).items():
            self.query_one(f"#{name}_panel", ScrollPanel).entitle(title)
            self.query_one(f"#{name}", Static).update(safe("\n".join(lines)))


def sections(office: Office, found: Earlier) -> dict[str, tuple[str, list[str]]]:
    """Return title and lines of each kind of earlier case; a kind without cases has no lines."""

    def both(rows: Iterable[QueueRow]) -> list[str]:
        return [line for row in rows for line in _lines(office, row)]

    alike = []
    for row, pair in found.alike:
        first, *others = _lines(office, row, f"{pair.score} ")
        alike += [first, *others, line_of(f"   {' '.join(clue_texts(pair.clues))}")]
    more = or_more(found.phone_count, intake.COUNTED)
    titles = {
        "of_phone": t("console.report.of_phone", count=found.phone_count, more=more),
        "alike": t("console.report.alike", count=len(found.alike)),
        "of_place": t("console.report.of_place", count=len(found.of_place)),
    }
    lines = {"of_phone": both(found.of_phone), "alike": alike, "of_place": both(found.of_place)}
    return {name: (titles[name] if lines[name] else t(f"console.earlier.{name}"), lines[name]) for name in PARTS}


def _lines(office: Office, row: QueueRow, before: str = "") -> list[str]:
    """Return a case on two lines: when, which and how far; then the place, or what it is about."""
    moment = moment_text(row.reported_at, office.now(), office.calendar).strip()
    about = masked_street(row) or mask_text(row.summary)
    head = f"{before}{row.number[4:8]} {row.number[8:]} {moment}  {word(row.state)}  {row.category}"
    return [line_of(head), line_of(f"   {about}")]
