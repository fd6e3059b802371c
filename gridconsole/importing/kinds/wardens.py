"""The roster: wardens and the grids they are posted on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, ClassVar

from gridconsole.domain.codes import Level
from gridconsole.domain.roster import BookTable, PersonKind, outlasts
from gridconsole.domain.spoken import ValueProblem
from gridconsole.domain.text import fold_width, name_key
from gridconsole.importing import grid_lists, own_codes, values
from gridconsole.importing.closed_grids import ClosedGrids
from gridconsole.importing.employments import Days, Employments, Meaning
from gridconsole.importing.known_cases import bare_number
from gridconsole.importing.person_acts import PersonActs, shared_ranks
from gridconsole.importing.plan import OF_EVENTS, Context, Mode, RegisterPlan, RowVerdict
from gridconsole.importing.references import AreaNames, GridNames
from gridconsole.importing.roster_writer import RosterWriter
from gridconsole.importing.rows import Column, SheetHeader, SheetRow, layouts
from gridconsole.importing.sections import BySections
from gridconsole.importing.sources import Cell
from gridconsole.language import listed, t
from gridconsole.language.error_sentences import error_sentence
from gridconsole.services import leaving
from gridconsole.services.roster import duty_named
from gridconsole.store import duties, held, people, places, roster

_DIGITS = 4
# Words in the names of the file and the sheet, and in the title.
_ROSTER = re.compile("名册|花名册|网格员|网格长|网格队伍|通讯录|人员表|人员信息|人员名单")
_ROSTER_TITLE = re.compile("网格.{0,8}(名册|花名册|名单|通讯录|人员|队伍)|(名册|花名册|通讯录).{0,6}网格")
_CHARGE = re.compile("负责|责任|包保|管辖")
"""Beginning of a heading under which the grids of a warden stand."""
_OF_OTHERS = re.compile("日志|签到|巡查|巡逻记录|考勤|培训|走访|低保|居民|人口|户籍|残疾|老人|志愿者服务|会议")
"""Words in the title of lists of people that are no roster."""
# Headings of lists of residents.
_OF_RESIDENTS = re.compile("住址|户籍|残疾|民族")
_TABLE = 3
"""Headings of a roster of which a row with a name alone is no warden."""
"""Digits of an own number."""
_OF_EMPLOYMENT = frozenset({"employment", "employer", "joined_on", "left_on"})
"""Fields of a row that are the employment's."""
EMPLOYMENT = {"专职": "full_time", "兼职": "part_time", "临聘": "temporary", "志愿": "volunteer"}
KINDS: Mapping[str, PersonKind] = {
    "网格员": PersonKind.WARDEN, "专职网格员": PersonKind.WARDEN, "网格长": PersonKind.WARDEN, "社区民警": PersonKind.OFFICER,
    "民警": PersonKind.OFFICER, "辅警": PersonKind.AUXILIARY, "村(社区)干部": PersonKind.CADRE, "社区干部": PersonKind.CADRE,
    "村干部": PersonKind.CADRE, "党小组长": PersonKind.PARTY_LEADER, "社区工作者": PersonKind.COMMUNITY_WORKER,
    "社工": PersonKind.COMMUNITY_WORKER, "队员": PersonKind.MEMBER,
}  # fmt: skip
"""Kinds of people by the words of lists; of several words for one kind, the usual one first."""


def employment_name(value: str) -> str:
    """Return the usual word for a kind of employment."""
    return next(name for name, kind in EMPLOYMENT.items() if kind == value)


def kinds_in(words: Iterable[str]) -> str | None:
    """Return the kinds of a person, as the register keeps them; None if a word is none of them."""
    found = [KINDS.get(word) for word in words]
    return None if None in found else ",".join(dict.fromkeys(kind.value for kind in found if kind is not None))


def kind_words(said: str) -> str:
    """Inverse of :func:`kinds_in`; a warden is nothing to say."""
    names = {kind.value: name for name, kind in list(KINDS.items())[::-1]}
    return "、".join(names[kind] for kind in said.split(",") if kind in names) if said != PersonKind.WARDEN.value else ""


def rank(cell: Cell) -> str:
    """Return the rank (主辅): A or B; empty if the cell is blank."""
    word = fold_width(values.line(cell)).upper().removesuffix("岗").removesuffix("角")
    found = {"": "", "A": "A", "B": "B", "主": "A", "辅": "B", "主责": "A", "协助": "B"}.get(word)
    if found is None:
        raise ValueProblem("E208", word, "A、B")
    return found


NO_WORK = held.Work()


class WardensPlan(BySections, RegisterPlan):
    """Plan of the roster: the grids a row lists become the warden's grids.

    Posts no longer listed end today, or on the leaving date; none is erased.
    """

    table = "roster_person"
    defaults: ClassVar[Mapping[str, Any]] = {"employment": "full_time", "kinds": PersonKind.WARDEN.value}
    columns = (
        Column("code", ("工号", "编号", "网格员编号", "网格员工号"), values.code, True, True),
        Column("name", ("姓名", "网格员", "网格员姓名", "网格长", "网格长姓名", "专职网格员"), values.line, True, True),
        Column("gender", ("性别",), values.line),
        Column(
            "phone",
            (
                "联系电话",
                "手机号码",
                "手机号",
                "手机",
                "电话",
                "电话号码",
                "移动电话",
                "联系方式",
                "网格员联系电话",
                "网格员电话",
                "联络电话",
            ),
            values.phone,
        ),
        Column("id_number", ("身份证号", "身份证号码", "公民身份号码"), values.id_number),
        Column("employment", ("人员性质", "性质", "用工性质", "人员类别", "用工形式", "类别"), values.line),
        Column("community", ("社区", "所属社区", "所在社区", "社区名称", "村/社区"), values.line),
        Column("subdistrict", ("所属街道", "街道", "所在街道", "街道名称", "所属镇街", "镇街"), values.line),
        Column(
            "grids",
            ("负责网格", "网格编码", "责任网格", "所在网格", "网格", "网格名称", "所属网格", "网格号", "包保网格", "管辖网格"),
            values.text,
        ),
        Column("rank", ("主辅", "A/B岗", "角色"), rank),
        Column("kinds", ("岗位类别", "人员岗位", "岗位名称", "岗位"), values.words),
        Column("areas", ("负责社区", "包干社区", "责任社区", "管辖社区"), values.words),
        Column("duty", ("职责", "工作职责"), values.line),
        Column("employer", ("用人单位", "聘用单位", "派遣单位", "劳务派遣单位", "劳务公司"), values.line, is_guessed=False),
        Column("workstation", ("工作站", "所属工作站"), values.line),
        Column("joined_on", ("入职日期", "上岗日期", "到岗日期"), values.day),
        Column("left_on", ("离职日期", "离岗日期"), values.day, is_guessed=False),
    )

    without_codes = layouts(columns, [("name", "grids")], left_out=("code",), inherits=("subdistrict", "community"))

    signs = frozenset({"gender", "id_number", "rank", "joined_on", "left_on"})
    when_named = layouts(columns, [("name", "phone")], left_out=("code",), inherits=("subdistrict", "community"))
    passthrough: ClassVar[Mapping[str, str]] = {
        "id_number": "身份证号", "employer": "用人单位", "community": "社区", "subdistrict": "所属街道", "kinds": "岗位", "areas": "负责社区",
    }  # fmt: skip
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "employment": ("专职", "兼职", "临聘", "志愿"),
        "rank": ("A", "B"),
        "gender": ("男", "女"),
    }
    example: ClassVar[Mapping[str, str]] = {
        "code": "WG-001", "name": "李小明", "phone": "13900000000", "employment": "专职", "grids": "330106001001001", "rank": "A",
        "joined_on": "2026-01-05",
    }  # fmt: skip

    @classmethod
    def is_unlikely(cls, header: SheetHeader, titles: str) -> bool:
        """Return whether a list of people is no roster: a log, a sign-in sheet, residents. Without staff numbers it must say it is."""
        if any(map(OF_EVENTS.search, header.headings.values())):
            return True
        if _ROSTER_TITLE.search(titles):
            return False
        if _OF_OTHERS.search(titles):
            return True
        known = {column.name: header.written[position] for position, column in header.columns.items()}
        if "code" in known or _CHARGE.match(known.get("grids", "")) or "网格" in known.get("name", ""):
            return False
        return _ROSTER.search(titles) is None or any(map(_OF_RESIDENTS.search, header.headings.values()))

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._next = roster.next_person(context.connection)
        self._today = context.office.today()
        people_by_key = {record["id"]: record for record in self.known.values()}
        for record in people_by_key.values():
            record.update(employment=None, employer=None, joined_on=None, left_on=None)
        self._employments = Employments(roster.employments(context.connection))
        for person, row in self._employments.newest().items():
            if person in people_by_key:
                people_by_key[person].update(
                    employment=row.form, employer=row.employer_id, joined_on=row.starts_on, left_on=row.ends_on
                )
        self._changed_people: dict[int, dict[str, Any]] = {}
        self._changed_employments: dict[int, dict[str, Any]] = {}
        self._rejoining: set[int] = set()
        """Keys of people for whom a row begins another employment."""
        choices = places.grid_choices(context.connection)
        self._areas = AreaNames(places.areas(context.connection))
        self._grids = GridNames(choices, self._areas)
        self._closed = ClosedGrids(context.connection, self._areas)
        self._area_of = {choice.id: choice.area_id for choice in choices}
        self._has_whole_rows = False
        """True once a row of the sheet has more than a name."""
        self._by_name = own_codes.Named.of(self.known.values())
        self._given = 0
        """Last own number that was given."""
        self._contested: dict[str, int] = {}
        """Numbers that a row gives to somebody else, with that row: other rows of the number contradict it."""
        self._codes_alike: dict[str, str] = {}
        for code in self.known:
            self._codes_alike.setdefault(bare_number(code), code)
        self._names = {choice.id: choice.name for choice in choices}
        self._live = people.live_posts(context.connection)
        self._held: dict[int, set[int]] = {}
        for warden, grid in self._live:
            self._held.setdefault(warden, set()).add(grid)
        self._work = held.everybody(context.connection, context.office.id)
        self._in_areas: dict[int, list[tuple[int, dict[str, Any]]]] = {}
        """Posts of people in areas that have no end."""
        self._duty_of: dict[tuple[int, int], str] = {}
        """Duty of each post without an end, by person and grid."""
        for number, post in roster.present_rows(context.connection, BookTable.POST):
            if post["ends_on"] is None and post["grid_id"] is not None:
                self._duty_of[post["person_id"], post["grid_id"]] = post["duty"]
            if post["area_id"] is not None and post["ends_on"] is None:
                self._in_areas.setdefault(post["person_id"], []).append((number, post))
        self._acts: dict[int, PersonActs] = {}
        """Changes that the list makes to each person's posts, by key."""
        self._writer: RosterWriter | None = None
        self._named: tuple[SheetRow | None, grid_lists.GridList] = (None, grid_lists.GridList((), ()))
        """The last row and its grids, which are wanted twice."""
        self._duties = duties.catalogue(context.connection)
        self._unit_names = {unit.id: unit.name for unit in people.units(context.connection)}
        self._units = {name_key(name): key for key, name in self._unit_names.items()}

    def sheet(self, name: str, titles: str) -> None:
        self._has_whole_rows = False
        super().sheet(name, titles)

    def give_code(self, row: SheetRow) -> None:
        """Give the code of the only warden of that name and phone, or name and community; somebody new gets the next own one."""
        name, phone = row.values["name"], row.values.get("phone") or ""
        if self._is_lone(row):
            row.reject("E236", "姓名", name)
            return
        here = {choice.area_id for choice in self._grids_of(row).found}

        def may_be(record: Mapping[str, Any]) -> bool:
            if phone and record["phone"]:
                # In one file, two people of one name have two phones; a later file may bring a new phone.
                is_of_file = record["code"] in self._seen
                return bool(phone == record["phone"]) or (not is_of_file and not here.isdisjoint(self._communities(record["id"])))
            posted = self._communities(record["id"])
            return not (here and posted and here.isdisjoint(posted))

        found = self._by_name.find(name, may_be)
        same_phone = [record for record in found if phone and record["phone"] == phone]
        found = same_phone or found
        if len(found) > 1:
            row.reject("E225", "姓名", name, listed(str(record["code"]) for record in found))
        elif found:
            row.values["code"] = found[0]["code"]
        else:
            row.values["code"] = code = own_codes.next_own(self.known, _DIGITS, self._given)
            self._given = int(code.removeprefix(own_codes.OWN))
            row.repaired("R904", "工号", code)

    def _is_lone(self, row: SheetRow) -> bool:
        """Return whether a row of a table has nothing but a name: it may be a signature or a note below the list."""
        others = (value for field, value in row.values.items() if field not in ("name", "community", "subdistrict"))
        if any(others) or row.extra:
            self._has_whole_rows = True
            return False
        # A list of nothing but names is one too: only what stands below whole rows is doubted.
        return len(row.written) >= _TABLE and self._has_whole_rows

    def take(self, row: SheetRow) -> RowVerdict:
        verdict = super().take(row)
        if verdict is RowVerdict.INSERTED:
            self._by_name.add(self.known[row.values["code"]])
        return verdict

    def _communities(self, warden: int) -> frozenset[int]:
        return frozenset(self._area_of[grid] for grid in self._held.get(warden, ()) if grid in self._area_of)

    def record(self, row: SheetRow) -> dict[str, Any] | None:
        given_fields = row.values.get("employment") or ""
        employment = EMPLOYMENT.get(given_fields)
        if given_fields and employment is None:
            row.reject("E208", "人员性质", given_fields, listed(EMPLOYMENT))
        named = self._grids_of(row)
        self._check_places(row, named.unknown)
        if row.values.get("areas") and self._is_warden(row):
            row.extra[self.passthrough["areas"]] = "、".join(row.values["areas"])
        for name in ("subdistrict", "community", "id_number"):
            if row.values.get(name):
                row.extra[self.passthrough[name]] = row.values[name]
        if not row.rejected:
            self._check_code(row)
        joined, left = row.values.get("joined_on"), row.values.get("left_on")
        if joined is not None and left is not None and left < joined:
            row.reject("E224", "离职日期", left.isoformat(), "入职日期")
        known = self.known.get(row.values["code"])
        if known is not None and not row.rejected and self.context.mode is not Mode.INSERT:
            self._check_known(row, known, {choice.id for choice in named.found})
        if row.rejected:
            return None
        if known is not None and self._meaning(row, known["id"]) is Meaning.EARLIER:
            joined = left = employment = None
        texts = {name: row.values.get(name) or "" for name in ("gender", "phone", "duty", "workstation")}
        texts["kinds"] = self._kinds(row)
        return {"code": row.values["code"], "name": row.values["name"], **texts, "employment": employment,
                "employer": self._employer(row), "joined_on": joined.isoformat() if joined else None, "left_on": left.isoformat() if left else None}  # fmt: skip

    def _employer(self, row: SheetRow) -> int | None:
        """Return the unit that employs somebody; one that is not registered is kept with the row by heading."""
        name = row.values.get("employer") or ""
        found = self._units.get(name_key(name)) if name else None
        if name and found is None:
            row.extra[self.passthrough["employer"]] = name
        return found

    def _check_places(self, row: SheetRow, unknown: Sequence[str]) -> None:
        """Refuse grids and communities that are not known."""
        community = row.values.get("community") or next(iter(row.values.get("areas") or ()), "") or self._sheet_community
        subdistrict = row.values.get("subdistrict") or ""
        above = self._areas.several(community, upper=subdistrict, level=Level.COMMUNITY) if unknown and community else []
        for word in unknown:
            if above:
                row.reject("E235", "社区", community, listed(above))
                break
            closed = self._closed.find(word, community=community, subdistrict=subdistrict)
            if closed is not None:
                row.reject("E246", "负责网格", word, listed(self._closed.names(closed)))
                continue
            row.reject("E401", "负责网格", word, listed(self._grids.near(word, community=community, subdistrict=subdistrict)))
        for word in () if self._is_warden(row) else row.values.get("areas") or ():
            if self._areas.find(word) is None:
                row.reject("E401", "负责社区", word, listed(self._areas.near(word)))

    def _check_code(self, row: SheetRow) -> None:
        """Refuse a number that somebody else has; warn of one that differs only in letter case or leading zeros."""
        code = row.values["code"]
        holder = self.known.get(code)
        if holder is not None:
            phones = (row.values.get("phone") or "", holder["phone"])
            is_other_phone = all(phones) and phones[0] != phones[1]
            if is_other_phone and name_key(row.values["name"]) != name_key(holder["name"]):
                self._contested.setdefault(code, row.number)
            if (first := self._contested.get(code, row.number)) != row.number:
                row.reject("E402", "工号", code, str(first))
            elif code in self._contested:
                row.reject("E226", "工号", code, holder["name"])
            elif name_key(row.values["name"]) != name_key(holder["name"]) and self.context.mode is not Mode.INSERT:
                row.warn("W953", "姓名", row.values["name"], f"{code} {holder['name']}")
            return
        other = self._codes_alike.setdefault(bare_number(code), code)
        if other != code:
            row.warn("W921", "工号", code, other)

    def _meaning(self, row: SheetRow, person: int) -> Meaning:
        """Return which employment of somebody known a row speaks of."""
        return self._employments.meaning(person, Days.given(row))

    def _check_known(self, row: SheetRow, known: Mapping[str, Any], given: set[int]) -> None:
        """Refuse a row that contradicts the employments of somebody known, or by which work in hand would be left."""
        clash = self._employments.clash(known["id"], Days.given(row))
        if clash is not None:
            row.reject("E247", self._titles[clash.field], clash.day, listed(clash.periods))
        elif self._is_of_past(row, known) and (given - self._held.get(known["id"], set()) or row.values.get("areas")):
            row.reject("E248", "负责网格", known["left_on"], known["name"])
        else:
            self._check_work(row, known, given)

    def _is_of_past(self, row: SheetRow, known: Mapping[str, Any]) -> bool:
        """Return whether somebody left by today, and a row neither says so nor brings them back."""
        over = known["left_on"]
        if over is None or over > self._today.isoformat() or row.values.get("left_on"):
            return False
        return self._meaning(row, known["id"]) is not Meaning.FURTHER and not self.clears(row, "left_on")

    def _check_work(self, row: SheetRow, known: Mapping[str, Any], given: set[int]) -> None:
        """Refuse a row by which somebody known would leave work in hand, or would have left before it was done."""
        left, gone = self._leaving_on(row, known["id"]), self._gone(row, known["id"], given)
        is_departing = left is not None and left.isoformat() != known["left_on"]
        work = self._work.get(known["id"], NO_WORK)
        work = work if is_departing else work.on(frozenset(gone))
        column, value = ("离职日期", str(left)) if is_departing else ("负责网格", row.values.get("grids") or "")
        if work:
            error = leaving.refusal(self.context.connection, leaving.Person(known["id"], known["name"], known["code"]), work, ())
            said = t("import.hand_over_first", why=error_sentence(error)[0], number=known["code"])
            row.reject("E239", column, value, said)
        elif is_departing and left is not None:
            first = leaving.first_day_gone(self.context.connection, self.context.office, known["id"])
            if first is not None and left < first:
                row.reject("E240", column, value, first.isoformat())
            for person, until in roster.deputised_from(self.context.connection, known["id"], left):
                row.reject("E249", column, value, f"{person} {until}")

    def _leaving_on(self, row: SheetRow, person: int) -> date | None:
        """Return the day on which somebody known leaves for good by a row; None if it says none, or one of an earlier employment."""
        left: date | None = row.values.get("left_on")
        return None if left is None or self._meaning(row, person) is Meaning.EARLIER else left

    def _gone(self, row: SheetRow, warden: int, given: set[int]) -> set[int]:
        """Return the grids that a row takes from somebody known."""
        live = self._held.get(warden, set())
        if row.values.get("left_on"):
            return set(live) if self._leaving_on(row, warden) is not None else set()
        return live - given if given or self.clears(row, "grids") else set()

    def _kinds(self, row: SheetRow) -> str:
        """Return the kinds that a row says; a post of other words is kept with the row by heading."""
        said = row.values.get("kinds")
        if not said:
            return ""
        found = kinds_in(said)
        if found is None:
            row.extra[self.passthrough["kinds"]] = "、".join(said)
        return found or ""

    def _is_warden(self, row: SheetRow) -> bool:
        """Return whether a row is a warden's: then a community only says where the grids are."""
        known = self.known.get(row.values.get("code") or "", {})
        return PersonKind.WARDEN.value in (self._kinds(row) or known.get("kinds") or PersonKind.WARDEN.value).split(",")

    def _grids_of(self, row: SheetRow) -> grid_lists.GridList:
        if self._named[0] is not row:
            community = row.values.get("community") or next(iter(row.values.get("areas") or ()), "") or self._sheet_community
            subdistrict = row.values.get("subdistrict") or ""
            self._named = row, grid_lists.read(row.values.get("grids") or "", self._grids, community, subdistrict)
        return self._named[1]

    def said(self, field: str, value: Any) -> Any:
        if field == "kinds":
            return kind_words(value or "")
        if field == "employer":
            return self._unit_names.get(value, "")
        return employment_name(value) if field == "employment" else value

    def related_fields(self, row: SheetRow) -> str:
        return repr([row.values.get(name) for name in ("community", "grids", "rank", "areas")])

    def attach(self, row: SheetRow, record: dict[str, Any], *, is_new: bool) -> bool:
        given = {choice.id for choice in self._grids_of(row).found}
        warden, today = record["id"], self._today
        live = self._held.get(warden, set())
        meaning = Meaning.NEWEST if is_new else self._meaning(row, warden)
        if meaning is Meaning.EARLIER and row.values.get("left_on"):
            # All that the row says was over before the person came back.
            return False
        comes = is_new or meaning is Meaning.FURTHER
        # A grid that somebody known gets begins with the list that says so, not on the day they joined.
        starts = (row.values.get("joined_on") or today) if comes else today
        left = row.values.get("left_on")
        if left is not None:
            starts = min(starts, left)
        new = set() if left and not comes else given - live
        ends = left or self._planned_end(record, comes=comes)
        gone = set() if is_new else self._gone(row, warden, given)
        given_fields: str = row.values.get("rank") or ""
        departs = None if comes else left
        reranked = {(warden, grid) for grid in given & live - gone if given_fields and self._live[warden, grid] != given_fields}
        rank, duty = row.values.get("rank") or "A", self._duty(row)
        area_starts, area_ends = self._area_acts(row, warden, starts, ends, comes=comes)
        self._acts[warden] = PersonActs(
            row,
            starts=[(grid, rank, duty, starts, ends) for grid in sorted(new)],
            ends=[(grid, left or today) for grid in sorted(gone)],
            ranks=[(grid, given_fields) for _, grid in sorted(reranked)],
            is_new=is_new,
            area_starts=area_starts,
            area_ends=area_ends,
            departs=departs,
        )
        if gone:
            names = listed(sorted(self._names[grid] for grid in gone))
            row.warn("W949", "离职日期" if left else "负责网格", str(len(gone)), names)
        if not is_new:
            self._differ_posts(row, record, old=live, new=(live | new) - gone, rank=given_fields, reranked=reranked)
        return bool(new or gone or reranked or area_starts or area_ends) or self._outlasts(warden, departs)

    def _outlasts(self, person: int, departs: date | None) -> bool:
        """Return whether a post of somebody known is not over on the day on which they are gone."""
        posts = roster.of_person(self.context.connection, BookTable.POST, person) if departs is not None else ()
        return departs is not None and any(outlasts(row, departs) for _, row in posts)

    def _duty(self, row: SheetRow) -> str:
        """Return the duty of the posts that a row gives: the catalogue's title, or the row's own words."""
        return duty_named(self._duties, row.values.get("duty") or "")

    def _planned_end(self, record: Mapping[str, Any], *, comes: bool) -> date | None:
        """Return the day on which somebody known is to leave, so that no post outlasts the employment."""
        return None if comes or record["left_on"] is None else date.fromisoformat(record["left_on"])

    def _area_acts(
        self, row: SheetRow, warden: int, starts: date, ends: date | None, *, comes: bool
    ) -> tuple[list[tuple[int, str, date, date | None]], list[tuple[int, Mapping[str, Any], date]]]:  # fmt: skip
        """Return the posts in areas that a row gives, and those that it ends."""
        left, held = row.values.get("left_on"), self._in_areas.get(warden, [])
        if self._is_warden(row) and not held:
            return [], []
        given = {area.id for word in row.values.get("areas") or () if (area := self._areas.find(word)) is not None}
        kept = given if given or self.clears(row, "areas") else {post["area_id"] for _, post in held}
        kept = set() if left is not None and not comes else kept
        live = {post["area_id"] for _, post in held}
        duty = self._duty(row)
        begun = [(area, duty, starts, ends) for area in sorted(kept - live)] if not (left and not comes) else []
        return begun, [(number, post, left or self._today) for number, post in held if post["area_id"] not in kept]

    def _change(self, row: SheetRow, old: dict[str, Any], record: dict[str, Any]) -> RowVerdict:
        if self._meaning(row, old["id"]) is Meaning.FURTHER:
            self._rejoining.add(old["id"])
            # The end belongs to the employment before.
            old["left_on"] = None
            row.warn("W951", "入职日期", str(row.values["joined_on"]), old["name"])
        return super()._change(row, old, record)

    def _differ_posts(
        self, row: SheetRow, record: Mapping[str, Any], old: set[int], new: set[int], rank: str, reranked: set[tuple[int, int]]
    ) -> None:
        label = self.label(record)
        if old != new:
            words = (listed(sorted(self._names[grid] for grid in grids)) for grids in (old, new))
            self.context.note_difference(row, label, "负责网格", *words)
        if reranked:
            was = listed(sorted({self._live[post] for post in reranked}))
            self.context.note_difference(row, label, "主辅", was, rank)

    def flush(self) -> None:
        """Write the people; their employments are rows of the book."""
        for rows in (self._inserts, self._updates):
            rows[:] = [{name: value for name, value in row.items() if name not in _OF_EMPLOYMENT} for row in rows]
        super().flush()

    def _remember(self, key: int, before: Mapping[str, Any], after: Mapping[str, Any], names: Iterable[str]) -> None:
        chosen = tuple(names)
        if any(name in _OF_EMPLOYMENT for name in chosen):
            self._changed_employments[key] = dict(after)
        self._changed_people[key] = dict(after)
        super()._remember(key, before, after, [name for name in chosen if name not in _OF_EMPLOYMENT])

    def conclude(self) -> None:
        """Reject rows that would leave a grid without anybody; only the whole list tells, as another row may fill it."""
        while True:
            self._writer = writer = self._written()
            ended = {grid for acts in self._acts.values() for grid, _ in acts.ends}
            bare = frozenset(
                leaving.bare_among(self.context.connection, self.context.office, ended, writer.lines) if ended else ()
            )
            losers = [person for person, acts in self._acts.items() if any(grid in bare for grid, _ in acts.ends)]
            if not losers:
                break
            for person in losers:
                self._reject(person, bare)

        self._note_shared_ranks()

    def _note_shared_ranks(self) -> None:
        names = {record["id"]: record["name"] for record in self.known.values()}
        for row, grid, rank, people_there in shared_ranks(
            self._acts, self._live, self._duty_of, frozenset(one.title for one in self._duties)
        ):
            said = listed([self._names[grid], *sorted(names[person] for person in people_there)])
            self.late_issues.append(row.issue("warning", "W952", "主辅", rank, said))

    def _reject(self, person: int, bare: frozenset[int]) -> None:
        acts = self._acts.pop(person)
        names = [self._names[grid] for grid, _ in acts.ends if grid in bare]
        acts.row.reject("E241", "离职日期" if acts.row.values.get("left_on") else "负责网格", str(len(names)), listed(names))
        self._updates[:] = [record for record in self._updates if record["id"] != person]
        self.context.changes[:] = [change for change in self.context.changes if change.key != person]
        for changed in (self._changed_people, self._changed_employments):
            changed.pop(person, None)
        self.context.differences[:] = [
            one for one in self.context.differences if (one.sheet, one.row) != (acts.row.sheet, acts.row.number)
        ]
        self.late_rejects.append((acts.row, RowVerdict.UPDATED))

    def _written(self) -> RosterWriter:
        """Return the acts of the list as entries, not written yet."""
        writer = RosterWriter(self.context)
        for acts in self._acts.values():
            if acts.is_new:
                writer.add_person(self.known[acts.row.values["code"]])
        for key, record in self._changed_people.items():
            if key in self._rejoining and key in self._changed_employments:
                writer.rejoin(record)
            else:
                writer.change_person(record, is_employment_changed=key in self._changed_employments)
        for person, acts in self._acts.items():
            for grid, grade in acts.ranks:
                writer.change_rank(person, grid, grade)
        for person, acts in self._acts.items():
            if acts.departs is not None:
                writer.end_everything(person, acts.departs)
                continue
            for grid, day in acts.ends:
                writer.end_post(person, grid, day)
        for person, acts in self._acts.items():
            for grid, grade, duty, starts, left in acts.starts:
                writer.start_post(person, grid, rank=grade, duty=duty, starts=starts, ends=left)
        self._write_area_posts(writer)
        return writer

    def _write_area_posts(self, writer: RosterWriter) -> None:
        for person, acts in self._acts.items():
            for number, post, day in acts.area_ends if acts.departs is None else ():
                writer.end_area_post(number, post, day)
            for area, duty, starts, left in acts.area_starts:
                writer.start_area_post(person, area, duty, starts=starts, ends=left)

    def finish(self) -> None:
        """Write employments and posts into the book: one entry for each act, as if it were done by hand."""
        if self._writer is not None:
            self._writer.write()
