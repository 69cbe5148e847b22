"""Every value of Firestore keeps its kind and all its digits in the JSON form, and comes back."""

from typing import Any

import pytest
from google.cloud.firestore_v1.types import document as types
from google.protobuf.json_format import MessageToDict
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pipeline.adapters.firestore_values import read_fields, write_fields
from pipeline.backup_errors import UnknownValue
from tests._examples import examples

DATABASE = "projects/p/databases/(default)"
Value = types.Value.pb()
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
SECONDS = st.integers(-62135596800, 253402300799)  # the years 1 to 9999
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        TEXTS.map(lambda text: Value(string_value=text)),
        st.integers(-(2**63), 2**63 - 1).map(lambda number: Value(integer_value=number)),
        st.floats(allow_nan=False).map(lambda number: Value(double_value=number)),
        st.booleans().map(lambda truth: Value(boolean_value=truth)),
        st.binary(max_size=6).map(lambda data: Value(bytes_value=data)),
        st.just(Value(null_value=0)),
        st.builds(
            lambda seconds, nanos: Value(timestamp_value={"seconds": seconds, "nanos": nanos}),
            SECONDS,
            st.integers(0, 999_999_999),
        ),
        st.builds(
            lambda latitude, longitude: Value(
                geo_point_value={"latitude": latitude, "longitude": longitude}
            ),
            st.floats(-90, 90),
            st.floats(-180, 180),
        ),
        TEXTS.map(lambda name: Value(reference_value=f"{DATABASE}/documents/a/{name}")),
        TEXTS.map(lambda name: Value(reference_value=f"projects/q/documents/a/{name}")),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda values: Value(array_value={"values": values})),
        st.dictionaries(TEXTS, inner, max_size=3).map(
            lambda fields: Value(map_value={"fields": fields})
        ),
    ),
    max_leaves=6,
)


@settings(max_examples=examples(32))
@given(st.dictionaries(TEXTS, VALUES, max_size=3))
def test_any_value_comes_back(fields: dict[str, Any]) -> None:
    assert write_fields(read_fields(fields, DATABASE), DATABASE) == fields


def test_a_vector_comes_back() -> None:
    vector = Value(
        map_value={
            "fields": {
                "__type__": {"string_value": "__vector__"},
                "value": {"array_value": {"values": [{"double_value": 0.5}]}},
            }
        }
    )
    assert write_fields(read_fields({"v": vector}, DATABASE), DATABASE) == {"v": vector}


# Google's writes times with fewer digits where they end in zeros, and leaves out what is empty.
OTHERWISE = ("timestampValue", "geoPointValue", "referenceValue", "{}")


@settings(max_examples=examples(32))
@given(VALUES)
def test_the_form_is_that_of_google_s_rest_api(value: Any) -> None:
    googles = MessageToDict(value)
    assume(not any(word in str(googles) for word in OTHERWISE))
    assert read_fields({"v": value}, DATABASE)["v"] == googles


def test_a_reference_follows_its_project() -> None:
    own = {"r": Value(reference_value=f"{DATABASE}/documents/models/v1.0.0")}
    other = "projects/other/databases/(default)"
    moved = write_fields(read_fields(own, DATABASE), other)
    assert moved["r"].reference_value == f"{other}/documents/models/v1.0.0"


def test_a_value_of_an_unknown_kind_is_not_left_out_in_silence() -> None:
    with pytest.raises(UnknownValue, match="update Redraw"):
        read_fields({"v": Value()}, DATABASE)
