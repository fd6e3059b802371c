"""岗位交接单: the sheet of a handover of posts, with the lines to sign."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridconsole.domain.post_handover import ItemKind
from gridconsole.language import t, word
from gridconsole.language.durations import local_text
from gridconsole.reporting.model import Metric, Report, Table

if TYPE_CHECKING:
    from gridconsole.domain.post_handover import Item, PostHandover
    from gridconsole.services.office import Office

_COLUMNS = {
    ItemKind.CASE: ("number", "place", "ordered", "successor"),
    ItemKind.TASK: ("number", "place", "successor"),
    ItemKind.GRID: ("grid", "rank", "successor"),
}


def sheet(office: Office, found: PostHandover) -> Report:
    """Return a handover as a report that can be shown, written to a file and signed on paper."""
    period = t("report.posts.period", number=found.number, person=found.person, code=found.code, why=found.why, day=found.on,
               state=found.state)  # fmt: skip
    return Report(
        key="post_handover",
        title=t("report.posts", office=office.name),
        office=office.name,
        period=period,
        made_at=found.done_at or found.made_at,
        metrics=tuple(Metric(f"{kind.value}s", word(kind), len(found.of(kind)), t("metric.unit")) for kind in ItemKind),
        tables=(*(_table(kind, found.of(kind)) for kind in ItemKind if found.of(kind)), _signatures(office, found)),
    )


def _table(kind: ItemKind, items: tuple[Item, ...]) -> Table:
    columns = _COLUMNS[kind]
    return Table(
        kind.value,
        word(kind),
        tuple(t(f"column.{name}") for name in columns),
        tuple(tuple(_cells(item)[name] for name in columns) for item in items),
    )


def _cells(item: Item) -> dict[str, str]:
    taker = item.successor
    successor = t("handover.nobody") if taker is None else f"{taker.name}({taker.code})" if taker.code else taker.name
    return {
        "number": item.label, "grid": item.label, "place": item.place, "rank": item.rank, "successor": successor,
        "ordered": t("handover.ordered") if item.is_ordered else "",
    }  # fmt: skip


def _signatures(office: Office, found: PostHandover) -> Table:
    done_at = local_text(found.done_at, office.calendar) if found.done_at is not None else ""
    takers = {item.successor.name for item in found.items if item.successor is not None}
    return Table(
        "signatures", t("report.shift.signatures"),
        tuple(t(f"column.{name}") for name in ("role", "name", "signed_at", "signature")),
        (
            (t("handover.who_leaves"), found.person, "", " " * 16),
            (t("handover.who_takes"), next(iter(takers)) if len(takers) == 1 else "", "", " " * 16),
            (t("handover.who_confirms"), found.done_by, done_at, " " * 16),
        ),
    )  # fmt: skip
