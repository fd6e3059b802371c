"""Lists of teams (队伍): each row is a team, or a member of one; a team is known by its name and place."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import Any, ClassVar

from gridconsole.domain.ledger import IMPORT_ORIGIN
from gridconsole.domain.teams import OTHER, Capacity, TeamKind, kinds_of
from gridconsole.domain.text import fold_width, name_key
from gridconsole.importing import values
from gridconsole.importing.plan import Context, Plan, RowVerdict
from gridconsole.importing.references import AreaNames, GridNames
from gridconsole.importing.rows import Column, SheetHeader, SheetRow, layouts
from gridconsole.language import listed
from gridconsole.services import teams as services
from gridconsole.services.lookup import near
from gridconsole.store import ledger, offices, people, places, teams

CAPACITIES: Mapping[str, Capacity] = {
    "干部": Capacity.CADRE, "机关干部": Capacity.CADRE, "社区干部": Capacity.CADRE, "村干部": Capacity.CADRE, "队长": Capacity.CADRE,
    "社会组织": Capacity.SOCIAL, "居民": Capacity.RESIDENT, "村民": Capacity.RESIDENT, "居民代表": Capacity.RESIDENT,
    "党员": Capacity.PARTY, "志愿者": Capacity.VOLUNTEER, "其他": Capacity.OTHER, "队员": Capacity.OTHER,
}  # fmt: skip
_LEADER = re.compile("(正)?(队长|组长|团长|负责人)")
_TEAMS = re.compile("队伍|队名册|巡防队|志愿队|服务队|援助队|小分队|团队")
"""Words in the names of the file and the sheet, and in the title."""


def capacity_name(capacity: str) -> str:
    """Return the usual word for a capacity."""
    return next(name for name, value in CAPACITIES.items() if value == capacity)


class TeamsPlan(Plan):
    """Plan of lists of teams: teams and members that are new are added, numbers and contacts of known ones changed."""

    columns = (
        Column("team", ("队伍名称", "队伍", "团队名称", "团队", "队名", "小队名称"), values.line, True, True, inherits=True),
        Column("kind", ("队伍类型", "队伍类别", "团队类型"), values.line, inherits=True),
        Column("grid", ("所属网格", "网格", "网格名称", "网格编码", "负责网格"), values.line, inherits=True),
        Column("community", ("所属社区", "社区", "社区名称", "村/社区"), values.line, inherits=True),
        Column("name", ("姓名", "队员", "队员姓名", "成员", "成员姓名"), values.line),
        Column("number", ("工号", "人员编号"), values.code),
        Column("capacity", ("身份", "成员身份", "队员身份", "人员类别"), values.line),
        Column("role", ("职务", "队内职务", "担任职务"), values.line),
        Column("count", ("人数", "队员人数", "志愿者人数", "总人数"), values.count),
        Column("contact", ("联系人", "联络人"), values.line),
        Column("phone", ("联系电话", "电话", "手机"), values.phone),
    )
    signs = frozenset({"team", "kind"})
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {"capacity": tuple(map(capacity_name, Capacity))}
    example: ClassVar[Mapping[str, str]] = {
        "team": "治安巡防队", "kind": "治安巡防队", "community": "东风社区", "name": "李小明", "number": "WG-001", "capacity": "干部",
        "role": "队长",
    }  # fmt: skip
    variants = layouts(columns, [("team",)])

    @classmethod
    def is_unlikely(cls, header: SheetHeader, titles: str) -> bool:
        """Return whether a list that has a column of teams is another one: of cases, of duties."""
        known = {column.name for column in header.columns.values()}
        return not ({"name", "count", "kind"} & known and (_TEAMS.search(titles) or "kind" in known))

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        connection, self._today = context.connection, context.office.today()
        self._kinds: dict[str, TeamKind] = {
            word: kind
            for kind in kinds_of(offices.office(connection).settings.get("teams", ()))
            for word in (kind.code, kind.title)
        }
        self._areas = AreaNames(places.areas(connection))
        self._grids = GridNames(places.grid_choices(connection), self._areas)
        self._people = {row.code: row for row in people.wardens(connection, self._today)}
        self._by_name: defaultdict[str, list[people.WardenRow]] = defaultdict(list)
        for row in self._people.values():
            self._by_name[name_key(row.name)].append(row)
        self._teams: dict[tuple[str, int | None, int | None], dict[str, Any]] = {}
        for line in teams.lines(connection, self._today):
            self._teams[line.name, line.grid_id, line.area_id] = {
                "id": line.id, "code": line.code, "name": line.name, "kind": line.kind, "grid_id": line.grid_id, "area_id": line.area_id,
                "head_count": line.head_count, "contact": line.contact, "phone": line.phone, "leader_id": line.leader_id,
            }  # fmt: skip
        self._members = {
            (one.team_id, one.person_id, "" if one.person_id else one.name) for one in teams.every_member(connection, self._today)
        }
        self._codes = teams.codes(connection)
        self._last_serial = 0
        """Serial of the last code that was given."""
        self._first_new = teams.next_team(connection)
        self._next, self._next_member = teams.next_team(connection), teams.next_member(connection)
        self._new_teams: list[dict[str, Any]] = []
        self._new_members: list[dict[str, Any]] = []
        self._changed: dict[int, tuple[dict[str, Any], dict[str, Any]]] = {}
        """Earlier and later values of the changed columns of known teams."""

    def take(self, row: SheetRow) -> RowVerdict:
        if row.rejected:
            return RowVerdict.REJECTED
        kind, place = self._kind(row), self._place(row)
        person = self._person(row)
        capacity = self._capacity(row)
        if row.rejected or place is None:
            return RowVerdict.REJECTED
        known = self._teams.get((row.values["team"], *place))
        record = known or self._add(row, kind or OTHER, place)
        changed = known is not None and self._change(row, record, kind)
        if row.values.get("role") and _LEADER.fullmatch(row.values["role"]) and person is not None:
            changed = self._set(record, "leader_id", person.id) or changed
        name = "" if person is not None else row.values.get("name") or ""
        key = (record["id"], person.id if person is not None else None, name)
        is_new = bool(person is not None or name) and key not in self._members
        if is_new:
            self._members.add(key)
            self._new_members.append({
                "id": self._next_member, "team_id": record["id"], "person_id": key[1], "name": name, "capacity": capacity.value,
                "starts_on": self._today.isoformat(), "ends_on": None, "batch_id": self.context.batch,
            })  # fmt: skip
            self._next_member += 1
        if known is None or is_new:
            return RowVerdict.INSERTED
        return RowVerdict.UPDATED if changed else RowVerdict.UNCHANGED

    def _kind(self, row: SheetRow) -> str | None:
        """Return the kind that a row names, or that the team's name is; None if it says none."""
        said = fold_width(row.values.get("kind") or "")
        if said and said not in ("其他", "其他队伍") and said not in self._kinds:
            row.reject("E208", "队伍类型", said, listed([*dict.fromkeys(kind.title for kind in self._kinds.values()), "其他"]))
        named = self._kinds.get(said) or next((kind for word, kind in self._kinds.items() if word in row.values["team"]), None)
        return named.code if named is not None else None

    def _place(self, row: SheetRow) -> tuple[int | None, int | None] | None:
        """Return grid and area of a team; neither: the district's. None after rejecting the row."""
        word, community = row.values.get("grid") or "", row.values.get("community") or ""
        if word:
            grid = self._grids.find(word, community=community)
            if grid is None:
                row.reject("E401", "所属网格", word, listed(self._grids.near(word, community=community)))
                return None
            return grid.id, None
        if community:
            area = self._areas.find(community)
            if area is None:
                row.reject("E401", "所属社区", community, listed(self._areas.near(community)))
                return None
            return None, area.id
        return None, None

    def _person(self, row: SheetRow) -> people.WardenRow | None:
        """Return the person of the roster that a row names by number; a name alone is an outsider, unless one person has it."""
        code, name = row.values.get("number") or "", row.values.get("name") or ""
        if code:
            found = self._people.get(code)
            if found is None:
                row.reject("E401", "工号", code, listed(near(code, self._people)))
            elif name and name_key(name) != name_key(found.name):
                row.reject("E244", "工号", code, found.name)
            return found
        named = self._by_name.get(name_key(name), []) if name else []
        return named[0] if len(named) == 1 else None

    def _capacity(self, row: SheetRow) -> Capacity:
        said = fold_width(row.values.get("capacity") or "")
        found = CAPACITIES.get(said) if said else Capacity.OTHER
        if found is None:
            row.reject("E208", "身份", said, listed(CAPACITIES))
        return found or Capacity.OTHER

    def _add(self, row: SheetRow, kind: str, place: tuple[int | None, int | None]) -> dict[str, Any]:
        code = services.next_code(self._codes, self._last_serial)
        self._last_serial = int(code.removeprefix(services.OWN))
        record = {
            "id": self._next, "code": code, "name": row.values["team"], "kind": kind, "grid_id": place[0], "area_id": place[1],
            "leader_id": None, "head_count": row.values.get("count"), "contact": row.values.get("contact") or "",
            "phone": row.values.get("phone") or "", "starts_on": self._today.isoformat(), "ends_on": None,
            "initials": self.context.initials(row.values["team"]), "extra": "", "batch_id": self.context.batch,
        }  # fmt: skip
        self._next += 1
        self._teams[row.values["team"], *place] = record
        self._new_teams.append(record)
        return record

    def _change(self, row: SheetRow, record: dict[str, Any], kind: str | None) -> bool:
        said = {
            "kind": kind, "head_count": row.values.get("count"), "contact": row.values.get("contact"), "phone": row.values.get("phone"),
        }  # fmt: skip
        changed = [self._set(record, name, value) for name, value in said.items() if value not in (None, "")]
        return True in changed

    def _set(self, record: dict[str, Any], name: str, value: Any) -> bool:
        if record[name] == value:
            return False
        if record["id"] < self._first_new:
            before, after = self._changed.setdefault(record["id"], ({}, {}))
            before.setdefault(name, record[name])
            after[name] = value
        record[name] = value
        return True

    def flush(self) -> None:
        connection = self.context.connection
        for table, rows in (("team", self._new_teams), ("team_member", self._new_members)):
            for record in rows:
                self.context.remember(table, record["id"], None, record)
            places.upsert(connection, table, rows, insert=True)
        for key, (before, after) in self._changed.items():
            self.context.remember("team", key, before, after)
            places.upsert(connection, "team", [{"id": key, **after}], insert=False)

    def finish(self) -> None:
        """Record each new and each changed team in the ledger, with how many members it got."""
        got: dict[int, int] = {}
        for member in self._new_members:
            got[member["team_id"]] = got.get(member["team_id"], 0) + 1
        names = {record["id"]: record["name"] for record in self._teams.values()}
        actions = {record["id"]: "team_add" for record in self._new_teams}
        actions |= {key: "team_change" for key in (*self._changed, *got) if key not in actions}
        actor, at = self.context.actor, self.context.office.now()
        entries = [
            ledger.NewEntry(
                at=at, operator_id=actor.id, operator=actor.name, origin=IMPORT_ORIGIN, subject_kind=services.TEAM, subject_id=key,
                action=action, facts={"batch": self.context.batch, "members": got.get(key, 0)}, personal={"name": names.get(key, "")},
            )
            for key, action in actions.items()
        ]  # fmt: skip
        ledger.append(self.context.connection, self.context.office.id, entries)
