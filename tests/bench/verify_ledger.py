"""Verifying the ledger of an office with 200,000 cases of four entries each: a process of its own, its time and its memory."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path

import big_office
from import_incidents import usage_of
from side_by_side import PYTHON, environment, say_machine, say_value

from gridconsole.domain.replay import BLANK, REST, rest_digest
from gridconsole.services import office as offices
from gridconsole.store import ledger
from gridconsole.store.case_rest import REST_TEXT

CHUNK = 20_000
STEPS = ("report", "accept", "file", "dispatch")
CASES = f"SELECT i.id, i.number, i.version, i.reported_at, i.text, i.address, i.reporter_name, i.reporter_phone, i.summary, {REST_TEXT} AS rest, (SELECT count(*) FROM ledger l WHERE l.subject_kind = 'incident' AND l.subject_id = i.id) AS told, {', '.join(f'i.{name}' for name in BLANK)} FROM incident i ORDER BY i.id"
SECONDS, MEGABYTES = 60, 250


def say(path: Path) -> int:
    """Give every case of an office the entries its row stands for; returns how many entries there are then."""
    opened = offices.open_office(path, "cli")
    try:
        with opened.database.reading() as reading, opened.database.writing() as writing:
            entries = _entries(reading.exec_driver_sql(CASES))
            while chunk := list(islice(entries, CHUNK)):
                ledger.append(writing, opened.id, chunk)
            return ledger.last_seq(writing, opened.id)
    finally:
        opened.close()


def _entries(cases: object) -> Iterator[ledger.NewEntry]:
    for case in cases:  # type: ignore[attr-defined]
        columns = {name: getattr(case, name) for name in BLANK}
        for step in range(case.reported, case.version):
            facts = {**columns, "number": case.number} if step in (0, case.version - 1) else {"from": "reported"}
            facts[REST] = rest_digest(case.rest)
            personal = {"text": case.text, "address": case.address, "reporter": case.reporter_name, "phone": case.reporter_phone,
                        "summary": case.summary} if step == 0 else {"note": "已清理"} if step == 3 else {}  # fmt: skip
            yield ledger.NewEntry(datetime.fromisoformat(case.reported_at), 1, "受理员", "cli", "incident", case.id,
                                  STEPS[step % len(STEPS)], facts, personal)  # fmt: skip


def main() -> None:
    """Measure and say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=200_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gridconsole-bench-") as name:
        path = Path(name) / "office.db"
        big_office.build(path, cases=options.cases, open_cases=options.cases // 40)
        entries = say(path)
        say_machine()
        print(f"{options.cases:,} cases, {entries:,} entries, {path.stat().st_size / 1e6:.0f} MB:")
        command = [PYTHON, "-m", "gridconsole", "--db", str(path), "ledger", "verify", "--json"]
        usage = usage_of(command, environment(Path(name) / "cache"))
        print(
            f"  it said {json.loads(usage.said)}; {entries / usage.seconds:,.0f} entries/s, {usage.cpu:.1f} s of processor time"
        )
        say_value("time of verifying", usage.seconds, SECONDS, "s")
        say_value("peak memory of verifying", usage.peak_mb, MEGABYTES, "MB")


if __name__ == "__main__":
    main()
