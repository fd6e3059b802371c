"""Headings remembered, and a folder that is watched."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from importing.sheets import lines, text_file
from office_cli import CommandLine

from gridconsole.domain.errors import FolderGone, OutputRefused
from gridconsole.importing.engine import run
from gridconsole.importing.options import Options
from gridconsole.importing.watch import Handled, Shelf, Watcher
from gridconsole.services import actors
from gridconsole.services import office as offices
from gridconsole.services.office import Office

ODD = lines("格子号,叫法,备考", "420502001001009,第九网格,新")


def saved(office: CommandLine, folder: Path) -> None:
    file = text_file(folder, ODD)
    answer = office(
        "profile", "save", "某街道", "grids", file, "--map", "格子号=code", "--map", "叫法=name", "--operator", "内勤"
    )
    assert answer.status == 0, answer


def test_headings_reported_once_are_known_from_then_on(small_office: CommandLine, tmp_path: Path) -> None:
    file = text_file(tmp_path, ODD)
    assert small_office("import", "grids", file, "--json", "--operator", "内勤").error == "E109"
    saved(small_office, tmp_path)
    answer = small_office.imports("grids", file)
    assert answer.counts == {"inserted": 1}
    assert answer.json["sheets"][0]["columns"] == {"格子号": "code", "叫法": "name"}


def test_the_order_of_the_columns_does_not_matter_but_another_heading_does(small_office: CommandLine, tmp_path: Path) -> None:
    saved(small_office, tmp_path)
    turned = text_file(tmp_path, lines("备考,叫法,格子号", "新,第九网格,420502001001009"), "换列.csv")
    assert small_office.imports("auto", turned).counts == {"inserted": 1}
    other = text_file(tmp_path, lines("格子号,叫法,电话", "420502001001010,第十网格,1"), "别家.csv")
    assert small_office("import", "grids", other, "--json", "--operator", "内勤").error == "E109"
    assert small_office.imports("grids", other, "--profile", "某街道").counts == {"inserted": 1}


def test_profiles_are_listed_shown_exported_and_deleted(small_office: CommandLine, tmp_path: Path) -> None:
    saved(small_office, tmp_path)
    (listed,) = small_office("profile", "list", "--json").json
    assert (listed["name"], listed["kind"], listed["mapping"]) == ("某街道", "grids", {"格子号": "code", "叫法": "name"})
    assert small_office("profile", "show", "某街道", "--json").json == listed
    target = tmp_path / "对照.json"
    assert small_office("profile", "export", "某街道", "-o", target).status == 0
    assert "格子号" in target.read_text(encoding="utf-8")
    assert small_office("profile", "delete", "某街道", "--operator", "内勤").status == 0
    assert small_office("profile", "list", "--json").json == []


@pytest.mark.parametrize(
    "words",
    [
        ("profile", "show", "没有"),
        ("profile", "delete", "没有", "--operator", "内勤"),
        ("import", "grids", "FILE", "--profile", "没有", "--operator", "内勤"),
        ("import", "grids", "FILE", "--map", "格子号=没有", "--operator", "内勤"),
        ("profile", "save", "甲", "grids", "FILE", "--map", "格子号=没有", "--operator", "内勤"),
    ],
)
def test_what_is_not_there_is_refused(small_office: CommandLine, tmp_path: Path, words: tuple[str, ...]) -> None:
    file = text_file(tmp_path, ODD)
    answer = small_office(*(str(file) if word == "FILE" else word for word in words))
    assert answer.status == 2
    assert "U001" in answer.err


# --- watching ---------------------------------------------------------------------------------------------------


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "收件"
    folder.mkdir()
    return folder


@pytest.fixture
def opened(small_office: CommandLine) -> Iterator[Office]:
    opened = offices.open_office(small_office.database, "cli")
    yield opened
    opened.close()


def watcher(opened: Office, inbox: Path) -> Watcher:
    return Watcher(opened, actors.find_operator(opened, "内勤"), "auto", inbox, Options())


def until_still(looking: Watcher) -> list[Handled]:
    """Two looks: a file is taken once it has not changed between them."""
    return [*looking.look(), *looking.look()]


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


GRIDS = lines("网格编码,网格名称", "420502001001009,第九网格")


def test_a_file_dropped_is_taken_once_it_lies_still(opened: Office, inbox: Path) -> None:
    looking = watcher(opened, inbox)
    text_file(inbox, lines("网格编码,网格名称"), "网格.csv")
    assert list(looking.look()) == []
    text_file(inbox, GRIDS, "网格.csv")
    os.utime(inbox / "网格.csv", (1, 1))
    assert list(looking.look()) == [], "it changed since the last look"
    (handled,) = looking.look()
    assert (handled.name, handled.shelf) == ("网格.csv", Shelf.TAKEN)
    assert (names(inbox), names(inbox / "已导入")) == ({"已导入"}, {"网格.csv"})


def test_a_file_known_already_goes_to_its_own_shelf_even_after_a_restart(opened: Office, inbox: Path) -> None:
    text_file(inbox, GRIDS, "网格.csv")
    until_still(watcher(opened, inbox))
    text_file(inbox, GRIDS, "网格.csv")
    (handled,) = until_still(watcher(opened, inbox))
    assert handled.shelf is Shelf.KNOWN
    assert names(inbox / "重复") == {"网格.csv"}


def test_a_file_whose_move_was_cut_off_is_no_repetition(opened: Office, inbox: Path) -> None:
    file = text_file(inbox, GRIDS, "网格.csv")
    run(opened, actors.find_operator(opened, "内勤"), "grids", file)
    (handled,) = until_still(watcher(opened, inbox))
    assert handled.shelf is Shelf.TAKEN
    assert names(inbox / "已导入") == {"网格.csv"}


def test_a_file_with_bad_rows_lies_beside_its_annotated_copy(opened: Office, inbox: Path) -> None:
    text_file(inbox, lines("网格编码,网格名称", "420502001001009,第九网格", "420502999999001,没有社区"), "网格.csv")
    (handled,) = until_still(watcher(opened, inbox))
    assert handled.shelf is Shelf.TROUBLE
    assert names(inbox / "有问题") == {"网格.csv", "网格（批注）.xlsx"}
    sheet = openpyxl.load_workbook(inbox / "有问题" / "网格（批注）.xlsx").worksheets[0]
    assert [sheet.cell(number, 3).value for number in (1, 2, 3)] == ["校验结果", "通过", "未导入"]


def test_what_is_no_table_is_put_apart_and_nothing_is_ever_written_over(opened: Office, inbox: Path) -> None:
    for _ in range(2):
        text_file(inbox, "\x00\x01 不是表", "坏的.xlsx")
        (handled,) = until_still(watcher(opened, inbox))
        assert handled.error is not None
    assert names(inbox / "有问题") == {"坏的.xlsx", "坏的 (2).xlsx"}


def test_office_lock_files_hidden_files_and_folders_are_left_alone(opened: Office, inbox: Path) -> None:
    for name in ("~$网格.xlsx", ".网格.csv.swp"):
        text_file(inbox, GRIDS, name)
    (inbox / "老文件").mkdir()
    shutil.copy(text_file(inbox / "老文件", GRIDS, "网格.csv"), inbox / "老文件" / "又.csv")
    assert until_still(watcher(opened, inbox)) == []
    assert names(inbox) == {"~$网格.xlsx", ".网格.csv.swp", "老文件"}


def test_a_file_waits_while_the_database_is_not_to_be_had(opened: Office, inbox: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from gridconsole.domain.errors import DatabaseBusy
    from gridconsole.importing import watch

    def busy(*_: object, **__: object) -> None:
        raise DatabaseBusy(path="x")

    text_file(inbox, GRIDS, "网格.csv")
    looking = watcher(opened, inbox)
    with monkeypatch.context() as patch:
        patch.setattr(watch, "run", busy)
        assert until_still(looking) == []
    (handled,) = looking.look()
    assert handled.shelf is Shelf.TAKEN


def test_a_watched_folder_must_be_there_and_stand_alone(small_office: CommandLine, tmp_path: Path) -> None:
    assert small_office("import", "auto", "--watch", tmp_path / "没有", "--json", "--operator", "内勤").error == "E116"
    dry = small_office("import", "auto", "--watch", tmp_path, "--dry-run", "--json", "--operator", "内勤")
    assert dry.error == "U002", "nothing may be moved that was not taken"
    file = text_file(tmp_path, GRIDS)
    assert small_office("import", "auto", file, "--watch", tmp_path, "--json", "--operator", "内勤").error == "U002"
    assert small_office("import", "auto", "--json", "--operator", "内勤").error == "U002"


def test_what_is_not_finished_or_not_an_offices_is_left_alone(opened: Office, inbox: Path) -> None:
    for name in ("网格.csv.crdownload", "网格.tmp", "Thumbs.db"):
        text_file(inbox, GRIDS, name)
    assert until_still(watcher(opened, inbox)) == []


def test_a_file_that_grew_while_it_was_read_waits_for_its_end(
    opened: Office, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gridconsole.importing import watch

    path = text_file(inbox, GRIDS, "网格.csv")
    read = watch.run

    def growing(*words: object, **options: object) -> object:
        outcome = read(*words, **options)  # type: ignore[arg-type]
        text_file(inbox, GRIDS + lines("420502001001010,第十网格"), "网格.csv")
        return outcome

    looking = watcher(opened, inbox)
    with monkeypatch.context() as patch:
        patch.setattr(watch, "run", growing)
        assert until_still(looking) == []
    assert path.exists(), "not put away with rows nobody read"
    (handled,) = until_still(looking)
    assert handled.outcome is not None
    assert {str(verdict): count for verdict, count in handled.outcome.counts.items() if count} == {"inserted": 1, "unchanged": 1}


def test_a_folder_that_goes_away_ends_the_watch_with_a_sentence(opened: Office, inbox: Path) -> None:
    looking = watcher(opened, inbox)
    inbox.rmdir()
    with pytest.raises(FolderGone):
        list(looking.look())


def test_a_shelf_that_is_a_file_ends_the_watch_with_a_sentence(opened: Office, inbox: Path) -> None:
    (inbox / "有问题").write_text("x", encoding="utf-8")
    looking = watcher(opened, inbox)
    with pytest.raises(OutputRefused):
        until_still(looking)
    assert names(inbox) == {"有问题"}


def test_a_long_name_has_its_annotated_copy_all_the_same(opened: Office, inbox: Path) -> None:
    name = "网" * 80 + ".csv"
    text_file(inbox, lines("网格编码,网格名称", "420502001001009,第九网格", "42,错的"), name)
    (handled,) = until_still(watcher(opened, inbox))
    assert (handled.shelf, handled.error) == (Shelf.TROUBLE, None)
    assert len(names(inbox / "有问题")) == 2
