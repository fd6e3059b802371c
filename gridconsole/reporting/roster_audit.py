"""The findings of the audit (体检) as a report that can be shown, written to a file and filed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from gridconsole.domain.roster_audit import Finding, Severity
from gridconsole.language import t, word
from gridconsole.language.roster import value_text
from gridconsole.reporting.model import Metric, Report, Table

if TYPE_CHECKING:
    from gridconsole.services.office import Office


def report(office: Office, found: Sequence[Finding]) -> Report:
    """Return the findings, a table for each check."""
    by_check: defaultdict[str, list[Finding]] = defaultdict(list)
    for one in found:
        by_check[one.check.code].append(one)
    return Report(
        key="audit",
        title=t("report.audit", office=office.name),
        office=office.name,
        period=office.today().isoformat(),
        made_at=office.now(),
        metrics=tuple(
            Metric(severity.value, word(severity), sum(one.check.severity is severity for one in found), "")
            for severity in Severity
        ),
        tables=tuple(
            Table(
                code,
                f"{t(f'audit.{code}')} ({word(ones[0].check.severity)})",
                tuple(t(f"column.{name}") for name in ("code", "audited", "value")),
                tuple((one.subject.code, one.subject.name, value_text(one)) for one in ones),
            )
            for code, ones in by_check.items()
        ),
    )
