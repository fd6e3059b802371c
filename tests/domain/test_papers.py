"""Headings and cells of a list about certificates and training."""

from __future__ import annotations

from datetime import date

import pytest

from gridconsole.domain.papers import certificate_in, induction_in


@pytest.mark.parametrize(
    ("cells", "day"),
    [
        ({"上岗证有效期": "2027-01-20"}, date(2027, 1, 20)),
        ({"证书到期日": "2027/01/20"}, date(2027, 1, 20)),
        ({"资格证有效期至": "2027-01-20 00:00:00"}, date(2027, 1, 20)),
        ({"上岗证有效期": "长期"}, None),
        ({"身份证号": "2027-01-20"}, None),
        ({}, None),
    ],
)
def test_the_end_of_a_certificate(cells: dict[str, object], day: date | None) -> None:
    assert certificate_in(cells) == day


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"岗前培训": "是"}, True), ({"上岗培训情况": "2026-01-05 合格"}, True), ({"入职培训": "未参加"}, False), ({"岗前培训": "否"}, False),
        ({"岗前培训": "No"}, False), ({"业务培训次数": "0"}, None), ({}, None),
    ],
)  # fmt: skip
def test_training_before_the_job(cells: dict[str, object], said: bool | None) -> None:
    assert induction_in(cells) is said
