"""Sentences of a digest: the period, the counts, and one line per case."""

from __future__ import annotations

from gridconsole.domain.clock import WorkCalendar
from gridconsole.domain.text import printable
from gridconsole.domain.views.digest import Digest, DigestLine
from gridconsole.language import short_time, t, word
from gridconsole.language.acts import act_name, operator_name
from gridconsole.language.durations import local_text


def digest_head(digest: Digest, calendar: WorkCalendar) -> list[str]:
    """Word the period, the counts by kind, and if the digest is cut short."""
    if digest.since is None:
        return [t("digest.never")]
    lines = [t("digest.since", at=local_text(digest.since, calendar))]
    if digest.is_empty:
        return [*lines, t("digest.nothing")]
    lines.append(t("digest.counts", acts=digest.acts, cases=digest.cases))
    lines.append("  ".join(f"{word(kind)} {count}" for kind, count in digest.counts.items() if count))
    if digest.is_capped:
        lines.append(t("digest.capped", acts=digest.acts))
    if digest.lines:
        lines.append(t("digest.listed", count=len(digest.lines)))
    return [line for line in lines if line]


def digest_line(line: DigestLine, calendar: WorkCalendar) -> str:
    """Word a case on one line: a mark if it waits for the reader, its state, its news, and the last action with its operator."""
    row = line.row
    last = ""
    if line.at is not None:
        at = short_time(line.at, calendar.zone)
        last = t("digest.last", at=at, operator=operator_name(line.operator), action=act_name(line.action))
    parts = [
        row.number,
        word(row.state),
        " ".join(word(kind) for kind in line.news),
        row.category,
        row.grid_name or row.area_name,
        last,
    ]
    mark = t("digest.mark") if line.concerns else " "
    return " ".join([mark, *(" ".join(printable(part).split()) for part in parts if part)])
