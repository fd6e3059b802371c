"""Catalogue of components and events with filing rules and limits."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from gridconsole.domain.catalogue import Milestone
from gridconsole.domain.codes import CategoryKind, Unit
from gridconsole.domain.spoken import ParsedLimit, ValueProblem
from gridconsole.importing import values
from gridconsole.importing.plan import Context, Mode, Plan, RowVerdict, merged_extra, read_extra, write_extra
from gridconsole.importing.rows import Column, SheetRow
from gridconsole.importing.sources import Cell
from gridconsole.resources import data_path
from gridconsole.store import catalogue, places

_KIND_WORDS = (("部件", CategoryKind.COMPONENT), ("事件", CategoryKind.EVENT), ("事项", CategoryKind.EVENT))
TWO_DIGITS, THREE_DIGITS = "GB/T 30428.2-2013", "GB/T 47678.5-2026"
"""Standard in force for each code width. A sheet that follows an older one names it in a column 标准."""


def kind_word(kind: str) -> str:
    """Return the usual word for components or events."""
    return next(word for word, value in _KIND_WORDS if value == kind)


def limit_words(milestones: Sequence[Milestone]) -> str:
    """Return limits as a sheet writes them: ``4工作时制止、7工作日处罚``."""
    names = {Unit.URGENT_HOUR: "紧急工作时", Unit.WORK_HOUR: "工作时", Unit.WORK_DAY: "工作日", Unit.NATURAL_DAY: "自然日"}
    return "、".join(f"{item.limit.amount.normalize():f}{names[item.limit.unit]}{item.label}" for item in milestones)


def two_digits(cell: Cell) -> str:
    """Return a catalogue code with the leading zero that spreadsheets drop: 1 is 01."""
    code = values.code(cell)
    if code and not (code.isdigit() and len(code) <= 3):
        raise ValueProblem("E205", code)
    return code.zfill(2) if code else ""


class CataloguePlan(Plan):
    """Plan of the catalogue: a row is a filing rule, and brings the category it belongs to."""

    columns = (
        Column("standard", ("标准", "标准版本"), values.line),
        Column("kind", ("类别", "部件事件", "案件类型"), values.line, inherits=True),
        Column(name="major_code", titles=("大类代码", "大类编码"), parse=two_digits, required=True, needed=True, inherits=True),
        Column(name="major_name", titles=("大类名称", "大类"), parse=values.line, required=True, needed=True, inherits=True),
        Column(name="minor_code", titles=("小类代码", "小类编码"), parse=two_digits, required=True, needed=True, inherits=True),
        Column(name="minor_name", titles=("小类名称", "小类"), parse=values.line, required=True, needed=True, inherits=True),
        Column("units", ("处置单位", "责任主体", "责任单位"), values.line, inherits=True),
        Column("authority", ("主管部门", "监管主体"), values.line, inherits=True),
        Column("condition", ("立案条件", "立案标准"), values.line, True, True),
        Column("close_condition", ("结案条件", "结案标准"), values.line),
        Column("limit", ("处置时限", "时限", "处理时限"), values.limit, True, True),
        Column("limit_text", (), values.line),
    )

    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {"kind": ("部件", "事件")}
    example: ClassVar[Mapping[str, str]] = {
        "kind": "部件", "major_code": "01", "major_name": "公用设施", "minor_code": "01", "minor_name": "上水井盖", "condition": "缺失",
        "limit": "2紧急工作时", "close_condition": "恢复原状",
    }  # fmt: skip

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        connection = context.connection
        self._categories = {_category_key(row): row for row in places.existing(connection, "category")}
        self._rules = {
            (row["category_id"], row["condition"]): row for row in places.existing(connection, "filing_rule") if row["active"]
        }
        self._titles = {column.name: column.title for column in self.columns}
        self._next_category = places.next_id(connection, "category")
        self._next_rule = places.next_id(connection, "filing_rule")
        self._kind: CategoryKind | None = None
        self._national: set[tuple[str, str, str, str]] | None = None
        self._seen: dict[tuple[int, str], tuple[int, str]] = {}
        self._named: dict[tuple[str, str, str, str], tuple[int, str]] = {}
        self._new_categories: list[dict[str, Any]] = []
        self._changed_categories: dict[int, dict[str, Any]] = {}
        self._new_rules: list[dict[str, Any]] = []
        self._changed_rules: list[dict[str, Any]] = []

    def sheet(self, name: str, titles: str) -> None:
        self._kind = None
        for place in (name, titles, self.context.file_name):
            found = {kind for word, kind in _KIND_WORDS if word in place}
            if len(found) == 1 or (self._kind is None and found and not place.count("部件事件")):
                self._kind = sorted(found)[0] if len(found) == 1 else None
            if self._kind is not None:
                break

    def take(self, row: SheetRow) -> RowVerdict:
        kind = self._row_kind(row)
        if kind is None or row.rejected:
            return RowVerdict.REJECTED
        limit: ParsedLimit = row.values["limit"]
        if limit.note:
            row.warn(limit.note, "处置时限", "")
        found = self._category(row, kind)
        if found is None:
            return RowVerdict.REJECTED
        category, category_changed = found
        condition = row.values["condition"]
        milestones = catalogue.encode_milestones(limit.milestones)
        close = row.values.get("close_condition") or ""
        key, said = (category["id"], condition), f"{milestones}\x1f{close}"
        if key in self._seen:
            first, was = self._seen[key]
            if was == said:
                return RowVerdict.DUPLICATE
            row.reject("E402", "立案条件", condition, str(first))
            return RowVerdict.REJECTED
        self._seen[key] = row.number, said
        old = self._rules.get(key)
        if old is not None and self.context.mode is Mode.INSERT:
            return RowVerdict.UNCHANGED
        limit_text = "、".join(item.limit.encode() for item in limit.milestones)
        new = {"category_id": category["id"], "condition": condition, "milestones": milestones, "limit_text": limit_text,
               "close_condition": close, "active": 1, "extra": write_extra(row.extra), "batch_id": self.context.batch}  # fmt: skip
        if old is None:
            self._add_rule(key, new)
            return RowVerdict.INSERTED
        changed = self._change_rule(row, key, old, new)
        return RowVerdict.UPDATED if changed or category_changed else RowVerdict.UNCHANGED

    def _add_rule(self, key: tuple[int, str], new: Mapping[str, Any]) -> None:
        self._rules[key] = {"id": self._next_rule, **new}
        self._new_rules.append(self._rules[key])
        self._next_rule += 1

    def _change_rule(self, row: SheetRow, key: tuple[int, str], old: dict[str, Any], new: dict[str, Any]) -> bool:
        """Apply a row to a known rule; returns whether anything changes."""
        if not (new["close_condition"] or (self.context.overwrite_blank and "close_condition" in row.values)):
            new["close_condition"] = old["close_condition"]
        kept = read_extra(old["extra"])
        if self.context.overwrite_blank:
            kept = {heading: value for heading, value in kept.items() if heading not in row.blank_headings()}
        extra = merged_extra(kept, row.extra)
        new["extra"] = write_extra(extra)
        limit, close = old["milestones"] != new["milestones"], old["close_condition"] != new["close_condition"]
        label = new["condition"]
        if limit:
            words = (limit_words(catalogue.decode_milestones(rule["milestones"])) for rule in (old, new))
            self.context.note_difference(row, label, "处置时限", *words)
        if close:
            self.context.note_difference(row, label, "结案条件", old["close_condition"], new["close_condition"])
        self.context.note_extra_difference(row, label, read_extra(old["extra"]), extra)
        if limit or close:
            # Cases filed under the old limit keep it: the rule is retired, not rewritten.
            self._changed_rules.append({**old, "active": 0})
            self.context.remember("filing_rule", old["id"], {"active": 1}, {"active": 0})
            self._add_rule(key, new)
        elif new["extra"] != old["extra"]:
            self.context.remember("filing_rule", old["id"], {"extra": old["extra"]}, {"extra": new["extra"]})
            old["extra"] = new["extra"]
            self._changed_rules.append(old)
        else:
            return False
        return True

    def _row_kind(self, row: SheetRow) -> CategoryKind | None:
        given_fields = row.values.get("kind") or ""
        kind = next((kind for word, kind in _KIND_WORDS if word in given_fields), self._kind)
        if kind is None:
            row.reject("E210", "类别")
        return kind

    def _category(self, row: SheetRow, kind: CategoryKind) -> tuple[dict[str, Any], bool] | None:
        standard = row.values.get("standard") or (THREE_DIGITS if len(row.values["minor_code"]) == 3 else TWO_DIGITS)
        record = {"standard": standard, "kind": kind.value, "major_code": row.values["major_code"],
                  "major_name": row.values["major_name"], "minor_code": row.values["minor_code"],
                  "minor_name": row.values["minor_name"], "units": row.values.get("units") or "",
                  "authority": row.values.get("authority") or ""}  # fmt: skip
        key = _category_key(record)
        first, name = self._named.setdefault(key, (row.number, record["minor_name"]))
        if name != record["minor_name"]:
            row.reject("E402", "小类代码", record["minor_code"], str(first))
            return None
        old = self._categories.get(key)
        if self.context.mode is Mode.UPDATE and (old is None or (old["id"], row.values["condition"]) not in self._rules):
            row.reject("E405", "小类名称", record["minor_name"])
            return None
        if old is None:
            new = {"id": self._next_category, **record, "is_local": int(self._is_local(key)), "initials": self.context.initials(record["minor_name"]), "extra": "",
                   "batch_id": self.context.batch}  # fmt: skip
            self._next_category += 1
            self._categories[key] = new
            self._new_categories.append(new)
            return new, False
        changes = {
            name: value
            for name, value in record.items()
            if value != old[name] and (value or (self.context.overwrite_blank and name in row.values))
        }
        # Only the first row of a category may change it; merged sheets repeat or omit the rest.
        if changes and old["batch_id"] != self.context.batch and self.context.mode is not Mode.INSERT:
            for name, value in changes.items():
                self.context.note_difference(row, record["minor_name"], self._titles[name], old[name], value)
            before = {name: old[name] for name in (*changes, "batch_id", "initials")}
            old.update(changes, batch_id=self.context.batch, initials=self.context.initials(record["minor_name"]))
            self._changed_categories[old["id"]] = old
            self.context.remember("category", old["id"], before, {name: old[name] for name in before})
            return old, True
        return old, False

    def _is_local(self, key: tuple[str, str, str, str]) -> bool:
        """Return whether a category is missing from the standard it names; False if that standard's list is not known."""
        if self._national is None:
            with data_path("catalogues", "national.csv").open(encoding="utf-8", newline="") as file:
                self._national = {
                    (row["standard"], row["kind"], row["major_code"], row["minor_code"]) for row in csv.DictReader(file)
                }
        return key not in self._national and any(key[0] == known[0] for known in self._national)

    def flush(self) -> None:
        connection = self.context.connection
        for table, records in (("category", self._new_categories), ("filing_rule", self._new_rules)):
            for record in records:
                self.context.remember(table, record["id"], None, record)
        places.upsert(connection, "category", self._new_categories, insert=True)
        places.upsert(connection, "category", list(self._changed_categories.values()), insert=False)
        places.upsert(connection, "filing_rule", self._changed_rules, insert=False)
        places.upsert(connection, "filing_rule", self._new_rules, insert=True)
        self._new_categories, self._changed_categories, self._new_rules, self._changed_rules = [], {}, [], []


def _category_key(row: dict[str, Any]) -> tuple[str, str, str, str]:
    return row["standard"], row["kind"], row["major_code"], row["minor_code"]
