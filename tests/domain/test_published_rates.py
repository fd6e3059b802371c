"""Rates that Chinese centres have published, computed again to the printed digit from the counts they printed with them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gridconsole.domain.figures import change, percent, rounded

PUBLISHED = (
    ("Zhengzhou 全市", "share", 51229, 51571, "99.34"),
    ("Zhengzhou 全市", "share", 49151, 51229, "95.94"),
    ("Zhengzhou 全市", "share", 43523, 52434, "83.01"),
    ("Zhengzhou 全市", "share", 40394, 52434, "77.04"),
    ("Zhengzhou 全市", "share", 276, 52434, "0.53"),
    ("Zhengzhou 全市", "share", 104, 52434, "0.20"),
    ("Zhengzhou 常规", "share", 16570, 16754, "98.90"),
    ("Zhengzhou 常规", "share", 14673, 16570, "88.55"),
    ("Zhengzhou 常规", "share", 10225, 18086, "56.54"),
    ("Zhengzhou 常规", "share", 8765, 18086, "48.46"),
    ("Zhengzhou 常规", "share", 274, 18086, "1.51"),
    ("Zhengzhou 常规", "share", 101, 18086, "0.56"),
    ("Zhengzhou 金水区", "share", 1912, 1935, "98.81"),
    ("Zhengzhou 金水区", "share", 1855, 1935, "95.87"),
    ("Zhengzhou 金水区", "share", 0, 1935, "0.00"),
    ("Zhengzhou 管城区", "share", 953, 953, "100.00"),
    ("Zhengzhou 管城区", "share", 936, 953, "98.22"),
    ("Zhengzhou 管城区", "share", 0, 953, "0.00"),
    ("Zhengzhou 二七区", "share", 806, 848, "95.05"),
    ("Zhengzhou 二七区", "share", 699, 848, "82.43"),
    ("Zhengzhou 二七区", "share", 0, 848, "0.00"),
    ("Zhengzhou 郑东新区", "share", 596, 736, "80.98"),
    ("Zhengzhou 郑东新区", "share", 372, 736, "50.54"),
    ("Zhengzhou 郑东新区", "share", 0, 736, "0.00"),
    ("Quanzhou 开发区", "backlog", 376, 381, "98.69"),
    ("Quanzhou 丰泽", "backlog", 14669, 14808, "99.06"),
    ("Quanzhou 洛江", "backlog", 1857, 1916, "96.92"),
    ("Quanzhou 鲤城", "backlog", 6626, 6875, "96.38"),
    ("Quanzhou 全市", "backlog", 25311, 25617, "98.81"),
    ("Quanzhou 街道", "backlog", 22239, 22299, "99.73"),
    ("Quanzhou 部门", "backlog", 3072, 3318, "92.59"),
    ("Jiangmen line 1", "change", 12102, 12120, "-0.15"),
    ("Jiangmen line 2", "change", 633, 696, "-9.05"),
    ("Jiangmen line 3", "change", 9, 7, "28.57"),
    ("Jiangmen line 4", "change", 52, 44, "18.18"),
    ("Jiangmen line 5", "change", 1294, 862, "50.12"),
    ("Jiangmen line 6", "change", 14090, 13729, "2.63"),
    ("Jiangmen district 1", "share", 2675, 2600, "102.88"),
    ("Jiangmen district 2", "share", 1468, 1400, "104.86"),
    ("Jiangmen district 3", "share", 2217, 2100, "105.57"),
    ("Jiangmen district 4", "share", 1256, 1200, "104.67"),
    ("Jiangmen district 5", "share", 1441, 1400, "102.93"),
    ("Jiangmen district 6", "share", 1346, 1400, "96.14"),
    ("Jiangmen district 7", "share", 1699, 1400, "121.36"),
    ("Tianmen share", "share", 911, 972, "93.72"),
    ("Tianmen share", "share", 737, 972, "75.82"),
    ("Tianmen share", "share", 902, 956, "94.35"),
    ("Tianmen share", "share", 9, 16, "56.25"),
    ("Tianmen share", "share", 953, 996, "95.68"),
    ("Tianmen share", "share", 43, 996, "4.32"),
    ("Lianyungang rate or share", "share", 23974, 24932, "96.16"),
    ("Lianyungang rate or share", "share", 22345, 24932, "89.62"),
    ("Lianyungang rate or share", "share", 14765, 26898, "54.89"),
    ("Lianyungang rate or share", "share", 11863, 26898, "44.10"),
    ("Lianyungang rate or share", "share", 20601, 26898, "76.59"),
    ("Lianyungang rate or share", "share", 25783, 29186, "88.34"),
    ("Yuncheng 按期处置率", "share", 13704, 13838, "99.03"),
)
"""Source, kind of rate, numerator, denominator, printed per cent. A share is part of whole; a change is against the second number;
a backlog rate has the handled and those not handled at the end as its denominator."""
JIANGMEN_DISTRICTS = tuple(row for row in PUBLISHED if row[0].startswith("Jiangmen district"))


@pytest.mark.parametrize(("source", "kind", "part", "whole", "printed"), PUBLISHED)
def test_a_published_rate_is_met_to_the_printed_digit(source: str, kind: str, part: int, whole: int, printed: str) -> None:
    value = change(part, whole, of_rate=False) if kind == "change" else percent(part, whole)
    assert value is not None
    places = Decimal(1).scaleb(-len(printed.partition(".")[2]))
    assert str(rounded(value, places)) == printed, source


def test_a_printed_total_that_its_parts_do_not_add_up_to_is_found() -> None:
    """Jiangmen printed 12,120 for what adds up to 12,102: a total must come from counts."""
    assert sum(part for _, _, part, _, _ in JIANGMEN_DISTRICTS) == sum((2675, 1468, 2217, 1256, 1441, 1346, 1699)) == 12_102


@pytest.mark.parametrize(("value", "printed"), [("0.125", "0.13"), ("0.124", "0.12"), ("2.675", "2.68"), ("-0.125", "-0.13")])
def test_halves_are_rounded_away_from_zero_as_offices_do(value: str, printed: str) -> None:
    """Binary floats print 1 of 800 as 0.12 %."""
    assert str(rounded(Decimal(value))) == printed


def test_nothing_divides_by_zero() -> None:
    assert percent(3, 0) is None
    assert change(3, 0, of_rate=False) is None
    assert change(None, Decimal(3), of_rate=True) is None
    assert change(Decimal("97.5"), Decimal("95.0"), of_rate=True) == Decimal("2.5")
