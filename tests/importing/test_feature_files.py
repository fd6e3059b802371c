"""Feature files read one feature at a time: what is JSON, what is a collection, and what its headings are."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridconsole.importing.features import GEOMETRY, Collection, NoFeatures

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def collection(features: list[Any], **others: Any) -> str:
    return json.dumps({**others, "type": "FeatureCollection", "features": features}, ensure_ascii=False)


def test_features_become_rows_under_the_headings_of_all_of_them() -> None:
    features = [
        {"properties": {"XZQHBM": "1", "name": "甲"}, "geometry": None},
        {"properties": {"xzqhbm": 2, "更多": {"a": [1]}}, "geometry": {"type": "Point"}},
        "没有属性",
    ]
    found = Collection(collection(features, crs={"features": []}))
    assert found.count == 3
    assert list(found.rows()) == [
        ["XZQHBM", "name", "更多", GEOMETRY],
        ["1", "甲", None, "null"],
        [2, None, '{"a":[1]}', '{"type":"Point"}'],
        [None, None, None, "null"],
    ]


def test_spellings_that_a_feature_has_both_of_stay_apart() -> None:
    found = Collection(collection([{"properties": {"code": 1, "CODE": 2}}, {"properties": {"Code": 3}}]))
    assert next(found.rows()) == ["code", "CODE", "Code", GEOMETRY]


@pytest.mark.parametrize("text", ["[]", '"FeatureCollection"', "{}", '{"type": "Feature", "features": []}', '{"features": {}}'])
def test_json_that_is_no_collection_is_said_to_be_none(text: str) -> None:
    with pytest.raises(NoFeatures):
        Collection(text)


@pytest.mark.parametrize(
    "text",
    [
        '{"type": "FeatureCollection", "features": [',
        '{"type": "FeatureCollection", "features": [{}',
        '{"type": "FeatureCollection", "features": [{},]}',
        '{"type": "FeatureCollection", "features": [NaN]}',
        '{"type": "FeatureCollection", "features": []} more',
        '{"type": "FeatureCollection", "features": [],}',
        '{1: "FeatureCollection"}',
        '{"type" "FeatureCollection"}',
        "{",
    ],
)
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Collection(text)


@given(st.lists(PLAIN, max_size=5), st.dictionaries(st.text(max_size=4), PLAIN, max_size=3), st.sampled_from([None, 1]))
def test_any_collection_is_read_as_the_standard_library_reads_it(
    features: list[Any], others: dict[str, Any], indent: int | None
) -> None:
    others = {name: value for name, value in others.items() if name not in ("type", "features")}
    text = json.dumps({**others, "type": "FeatureCollection", "features": features}, indent=indent)
    assert Collection(text).count == len(features)
    assert len(list(Collection(text).rows())) == len(features) + 1
