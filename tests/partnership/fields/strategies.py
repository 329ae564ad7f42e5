"""Every text that a period can be: the grammar of docs/model.md, for Hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

from partnership.fields.edtf import InvalidPeriod, Period

YEARS = st.one_of(st.integers(2000, 2029), st.integers(1, 9999)).map("{:04}".format)
CODES = st.sampled_from([*range(1, 13), *range(21, 37), 40, 41]).map("{:02}".format)

_plain = st.one_of(
    YEARS,
    st.builds("{}-{:02}".format, YEARS, st.integers(1, 12)),
    st.builds("{}-{:02}-{:02}".format, YEARS, st.integers(1, 12), st.integers(1, 31)),
)
_unmarked = st.one_of(
    _plain,
    st.builds("{}-{}".format, YEARS, CODES),
    st.builds("{}-W{:02}".format, YEARS, st.integers(1, 53)),
)
_decades = st.integers(0, 999).map("{:03}X".format)
POINTS = st.builds("{}{}".format, st.one_of(_unmarked, _decades), st.sampled_from(["", "", "", "~", "?", "%"]))


def _is_valid(text: str) -> bool:
    try:
        Period(text).bounds()
    except InvalidPeriod:
        return False
    return True


TEXTS = st.one_of(
    POINTS,
    # Two days near each other, as most visits have.
    st.builds("{0}-{1:02}-{2:02}/{0}-{1:02}-{3:02}".format, YEARS, *[st.integers(1, 12)], *[st.integers(1, 31)] * 2),
    st.builds("{}/{}".format, _plain, _plain),
    st.builds("{}/{}".format, POINTS, POINTS),
    st.builds("{}/{}".format, POINTS, st.sampled_from(["", ".."])),
    st.builds("/{}".format, POINTS),
    st.builds("[{},{}]".format, _unmarked, _unmarked),
    st.builds("[{}..{}]".format, _unmarked, _unmarked),
    st.builds("[..{}]".format, _unmarked),
    st.builds("[{}..]".format, _unmarked),
).filter(_is_valid)
PERIODS = TEXTS.map(Period)
