"""A hotline's export as it comes: known and unknown places and matters, several ways to write a date, complaints of every length."""

from __future__ import annotations

import csv
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from gridconsole.resources import read_toml
from gridconsole.services.office import Office
from gridconsole.store import catalogue, places

HEADINGS = (
    "工单编号", "受理时间", "工单来源", "来电人", "联系电话", "所属街道", "所属社区", "网格编码", "诉求地址", "问题分类", "标题", "主要内容",
    "紧急程度", "承办单位", "回访结果",
)  # fmt: skip
"""The last two no kind of import knows: they are kept beside the case."""
DAYS = 60
_FORMATS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y年%m月%d日 %H时%M分")
_FOREIGN_MATTERS = tuple(f"{field}{matter}" for field in ("物业管理", "交通出行", "住房保障", "环境保护", "教育医疗", "供水供电")
                         for matter in ("投诉", "咨询", "求助", "建议", "举报", "表扬"))  # fmt: skip
_FOREIGN_PLACES = tuple(
    f"{name}社区第{group}居民组" for name in ("丰泽", "锦绣", "长虹", "向阳", "临湖") for group in range(1, 9)
)


def write(path: Path, opened: Office, rows: int, *, distinct: bool = False, seed: int = 1) -> None:
    """Write such a list.

    Args:
        distinct: every unknown place and matter is spelt differently, as in columns people type into.
    """
    draw = random.Random(seed)
    phrases = read_toml("demo", "phrases.toml")
    texts = [text for group in phrases["texts"].values() for text in group]
    addresses, surnames, given = phrases["places"]["list"], phrases["reporters"]["surnames"], phrases["reporters"]["given"]
    with opened.database.reading() as connection:
        areas = {area.id: area for area in places.areas(connection)}
        grids = places.grid_choices(connection)
        matters = [choice.category.minor_name for choice in catalogue.categories(connection)]
    latest = opened.now().astimezone(opened.calendar.zone) - timedelta(minutes=10)

    def unknown(words: Sequence[str], serial: int) -> str:
        return f"{draw.choice(words)}{serial}" if distinct else draw.choice(words)

    with path.open("w", encoding="utf-8", newline="") as file:
        sheet = csv.writer(file)
        sheet.writerow(HEADINGS)
        for serial in range(1, rows + 1):
            at: datetime = latest - timedelta(days=DAYS * draw.random())
            grid, address = draw.choice(grids), draw.choice(addresses)
            community = areas[grid.area_id]
            street = areas.get(community.parent_id or 0)
            text = " ".join(draw.choice(texts).format(place=address) for _ in range(draw.choice((1, 1, 2, 3))))
            sheet.writerow((
                f"FT{at:%Y%m%d}{serial:06d}", at.strftime(draw.choice(_FORMATS)), draw.choice(("12345热线", "12345热线", "网上留言")),
                draw.choice(surnames) + draw.choice(given), f"139{draw.randrange(10**8):08d}", street.name if street else "",
                community.name if draw.random() < 0.85 else unknown(_FOREIGN_PLACES, serial),
                draw.choices((grid.code, "", f"{grid.code[:-3]}999"), (50, 40, 10))[0], f"{address}{serial % 200}号",
                matters[serial % len(matters)] if draw.random() < 0.7 else unknown(_FOREIGN_MATTERS, serial),
                text[:24], text, draw.choices(("一般", "紧急", "特急"), (90, 8, 2))[0], draw.choice(("城管局", "住建局", "街道办")),
                draw.choice(("满意", "基本满意", "不满意", "")),
            ))  # fmt: skip
