"""Drafts are kept whole, for a week, in a folder that is the user's alone, and found for their operator only."""

from __future__ import annotations

import json
import os
import shutil
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from small_office import StaffedOffice

from gridconsole.domain.errors import DraftsUnavailable
from gridconsole.domain.person import person
from gridconsole.domain.states import Role
from gridconsole.services import drafts
from gridconsole.services import office as offices
from gridconsole.services.drafts import Draft, DraftSession

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state folder of the test's own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state" / "gridconsole" / "drafts"


def a_draft(session: DraftSession | None = None, **more: object) -> Draft:
    usual = Draft(
        drafts.new_id(), "office", 3, "王芳", "note", "2026112300001", 2, NOW, "request", (session or DraftSession()).id,
        {"words": "三号楼，13812345678\n“急”[/]", "result": "1"}, ("words",),
    )  # fmt: skip
    return replace(usual, **more)  # type: ignore[arg-type]


def test_a_draft_is_read_as_it_was_kept_by_nobody_else(state: Path) -> None:
    kept = a_draft()
    drafts.save(kept)
    assert drafts.of_office("office") == (kept,)
    assert kept.text == "三号楼，13812345678\n“急”[/]"
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    (file,) = state.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    drafts.save(replace(kept, fields={"words": "改了"}))
    assert [draft.text for draft in drafts.of_office("office")] == ["改了"]
    drafts.remove(kept.id)
    assert not list(state.iterdir())
    drafts.remove(kept.id)


def test_only_the_operators_own_drafts_of_this_office_are_found_newest_first() -> None:
    session = DraftSession()
    older, newer = a_draft(session), a_draft(session, saved_at=NOW + timedelta(minutes=1))
    for draft in (older, newer, a_draft(session, operator=4), a_draft(session, office="another")):
        drafts.save(draft)
    assert drafts.left_behind("office", 3, session.id) == (newer, older)


def test_what_a_running_console_has_open_is_not_left_behind_until_it_ends() -> None:
    running = DraftSession()
    running.begin()
    drafts.save(a_draft(running))
    assert drafts.is_running(running.id)
    assert drafts.left_behind("office", 3, DraftSession().id) == ()
    assert len(drafts.left_behind("office", 3, running.id)) == 1, "to itself it is"
    running.end()
    assert not drafts.is_running(running.id)
    assert len(drafts.left_behind("office", 3, DraftSession().id)) == 1


def test_a_week_later_it_is_gone_whoever_opens_the_console(state: Path) -> None:
    drafts.save(a_draft(office="one"))
    drafts.save(a_draft(office="another", saved_at=NOW + timedelta(days=1)))
    (state / f"{drafts.new_id()}.json").write_text("{", encoding="utf-8")
    drafts.prune(NOW + timedelta(days=7))
    assert len(drafts.of_office("one")) == 1
    drafts.prune(NOW + timedelta(days=7, seconds=1))
    assert drafts.of_office("one") == ()
    assert len(drafts.of_office("another")) == 1
    drafts.prune(datetime.now(UTC) + timedelta(days=8))
    assert not list(state.iterdir())


def test_what_ended_processes_left_is_cleared_away_after_a_day(state: Path) -> None:
    running, ended = DraftSession(), DraftSession()
    running.begin()
    ended.begin()
    assert ended._file is not None
    ended._file.close()
    part = state / f"{drafts.new_id()}.0123abcd.part"
    part.write_text("half", encoding="utf-8")
    drafts.prune(NOW)
    assert len(list(state.iterdir())) == 3
    for path in state.iterdir():
        os.utime(path, (0, 0))
    drafts.prune(NOW)
    assert [path.stem for path in state.iterdir()] == [running.id]
    running.end()


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": 2}', "\x00\xff", '{"format": 1, "id": "../../x"}'])
def test_what_is_no_draft_is_passed_over(state: Path, content: str) -> None:
    drafts.save(kept := a_draft())
    (state / f"{drafts.new_id()}.json").write_text(content, encoding="utf-8")
    (state / f"{drafts.new_id()}.json").mkdir()
    assert drafts.of_office("office") == (kept,)


def test_a_draft_of_another_name_than_it_says_is_none(state: Path) -> None:
    drafts.save(kept := a_draft())
    (state / f"{kept.id}.json").rename(state / f"{drafts.new_id()}.json")
    assert drafts.of_office("office") == ()


def test_links_and_files_that_others_can_read_are_not_read_and_not_written_through(state: Path, tmp_path: Path) -> None:
    drafts.save(kept := a_draft())
    file = state / f"{kept.id}.json"
    file.chmod(0o640)
    assert drafts.of_office("office") == ()
    outside = tmp_path / "outside.json"
    shutil.move(file, outside)
    file.symlink_to(outside)
    assert drafts.of_office("office") == ()
    before = outside.read_bytes()
    drafts.save(replace(kept, fields={"words": "新的"}))
    assert outside.read_bytes() == before
    assert not file.is_symlink()


def test_a_folder_that_is_a_link_or_open_to_others_is_not_used(state: Path, tmp_path: Path) -> None:
    state.parent.mkdir(parents=True)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    state.symlink_to(elsewhere)
    with pytest.raises(DraftsUnavailable):
        drafts.save(a_draft())
    assert not list(elsewhere.iterdir())
    state.unlink()
    state.mkdir(mode=0o755)
    with pytest.raises(DraftsUnavailable):
        drafts.save(a_draft())
    assert drafts.of_office("office") == ()


def test_a_name_that_is_no_id_leads_nowhere(state: Path) -> None:
    drafts.save(a_draft())
    for name in ("../x", "x", "0" * 31, "0" * 33):
        with pytest.raises(ValueError, match="id"):
            drafts.remove(name)
        assert not drafts.is_running(name)


def test_a_copy_of_the_office_is_another_and_the_same_file_again_is_the_same(office: StaffedOffice, tmp_path: Path) -> None:
    name = drafts.identity(office.opened)
    path = office.opened.database.path
    copied = offices.open_office(Path(shutil.copy(path, tmp_path / "copy.db")), "console")
    again = offices.open_office(path, "console")
    try:
        assert drafts.identity(copied) != name
        assert drafts.identity(again) == name
    finally:
        copied.close()
        again.close()


def test_a_person_is_found_in_drafts_of_every_operator_of_this_office(office: StaffedOffice) -> None:
    here = drafts.identity(office.opened)
    drafts.save(kept := a_draft(office=here, operator=office.actors[Role.CLERK].id))
    drafts.save(a_draft(office="another"))
    drafts.save(a_draft(office=here, fields={"words": "与此人无关"}))
    whom = person("13812345678")
    assert whom is not None
    found = {draft.id: drafts.fields_naming(draft, whom.terms) for draft in drafts.all_of(office.opened)}
    assert {key: fields for key, fields in found.items() if fields} == {kept.id: ("words",)}
    assert len(found) == 2


def test_what_is_kept_says_nothing_but_what_a_draft_needs(state: Path) -> None:
    drafts.save(a_draft())
    (file,) = state.iterdir()
    assert set(json.loads(file.read_text(encoding="utf-8"))) == {
        "format", "id", "office", "operator", "operator_name", "kind", "case", "version", "saved_at", "request_id", "session",
        "fields", "texts",
    }  # fmt: skip
