"""Named views: a pane with words and an order, kept for each operator and opened from the palette."""

from __future__ import annotations

from console_driver import Console, console_on
from small_office import StaffedOffice
from textual.command import Command, CommandList
from textual.widgets import Input

from gridconsole.console.dialogs.view import ViewDialog
from gridconsole.services import views

NAME = "急件'[/]\")城管"


def labels(console: Console) -> list[str]:
    """Labels of the hits in the palette."""
    return [str(command.hit.text) for command in console.get("CommandList", CommandList).options if isinstance(command, Command)]


async def choose(console: Console, said: str, expected: str) -> None:
    """Open the palette, type, and take the first hit."""
    await console.press("ctrl+p")
    await console.key_in(said)
    await console.until(lambda: bool(labels(console)) and expected in labels(console)[0], expected)
    await console.press("enter")
    await console.settle()


async def test_a_view_is_kept_under_a_name_and_opened_again(office: StaffedOffice) -> None:
    number = office.report(text="建设路路灯不亮").number
    office.report(text="垃圾成堆")
    async with console_on(office.opened, "受理员") as console:
        desk = console.desk_screen
        await console.press("slash")
        await console.key_in("路灯")
        await console.press("enter", "ctrl+l")
        await choose(console, "存为视图", "存为视图")
        assert isinstance(console.screen, ViewDialog)
        await console.press("f2")
        assert "名字" in console.complaint()
        console.get("#name", Input).value = NAME
        await console.press("f2")
        await console.until_back()
        await console.press("escape", "escape")
        desk.show_pane("check")
        await choose(console, "视图 急件", f"视图 {NAME}")
        await console.until(lambda: [row.number for row in desk.table.rows] == [number], "the cases of the view")
        assert (desk.model.filter.pane, desk.model.filter.words, desk.model.filter.order) == ("open", "路灯", "number")
    (kept,) = views.of_operator(office.opened, next(one for one in office.actors.values() if one.name == "受理员"))
    assert kept.name == NAME


async def test_views_are_each_operators_own_and_can_be_deleted(office: StaffedOffice) -> None:
    acceptor = next(one for one in office.actors.values() if one.name == "受理员")
    views.save(office.opened, acceptor, "我的", "gone_pane", "没有的单位", "gone_order")
    async with console_on(office.opened, "派遣员") as console:
        await console.press("ctrl+p")
        await console.key_in("视图")
        await console.settle()
        assert not any("我的" in label for label in labels(console))
    async with console_on(office.opened, "受理员") as console:
        await choose(console, "视图 我的", "视图 我的")
        assert console.desk_screen.model.filter.words == "没有的单位", "what is gone is left out, the words stay"
        await console.until_shown("没有")
        await choose(console, "删除视图", "删除视图 我的")
    assert views.of_operator(office.opened, acceptor) == ()
