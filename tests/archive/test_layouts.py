"""How files are named, and which of them are taken."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lppn_np.archive.codes import Instrument
from lppn_np.archive.layouts import LAYOUTS, FileName, Layout
from lppn_np.archive.selecting import Selection
from lppn_np.errors import ArchiveError

FOURTH = datetime.date(2019, 7, 4)


@pytest.mark.parametrize(
    ("pattern", "path", "channel_id"),
    [
        ("sds", "2019/CI/CCC/HHZ.D/CI.CCC..HHZ.D.2019.185", "CI.CCC..HHZ"),
        ("SDS", "2019/PB/B204/EH1.D/PB.B204.00.EH1.D.2019.185", "PB.B204.00.EH1"),
        ("scedc", "2019/2019_185/CICCC__HHZ___2019185.ms", "CI.CCC..HHZ"),
        ("scedc", "2019/2019_185/CISNCC_BHE10_2019185.ms", "CI.SNCC.10.BHE"),
        ("ncedc", "NC/2019/2019.185/MCB.NC.HNE.00.D.2019.185", "NC.MCB.00.HNE"),
        ("ncedc", "NC/2019/2019.185/MCB.NC.EHZ..D.2019.185", "NC.MCB..EHZ"),
        (
            "{network}/{station}/{year}{month}{day}_{location}_{channel}*.mseed",
            "CI/CCC/20190704__HHZ.copy.mseed",
            "CI.CCC..HHZ",
        ),
    ],
)
def test_names_are_read(pattern, path, channel_id):
    name = Layout(pattern).read(path)
    assert name.channel_id == channel_id
    assert name.day == FOURTH
    assert name.component == channel_id[-1]


@pytest.mark.parametrize(
    "path",
    [
        "2019/CI/CCC/HHZ.D/CI.CCC..HHZ.D.2019.366",  # no leap year
        "2019/CI/CCC/HHZ.D/CI.CCC..HHZ.D.2019.000",
        "2019/CI/CCC/HHZ.D/CI.CCC..HHZ.D.2020.185",  # another year than its folder
        "2019/CI/CCC/HHZ.D/CI.CCX..HHZ.D.2019.185",  # another station
        "2019/CI/CCC/LOG.D/CI.CCC..LOG.D.2019.185",  # no component
        "2019/CI/CCC/HHZ.D/CI.CCC..HHZ.D.2019.185.bak",
        "2019/CI/CCC/HHZ.D/.CI.CCC..HHZ.D.2019.185",
        "2019/CI/../HHZ.D/CI....HHZ.D.2019.185",
        "2019/CI/C C/HHZ.D/CI.C C..HHZ.D.2019.185",
        "0000/CI/CCC/HHZ.D/CI.CCC..HHZ.D.0000.185",
        "2019/CI/CCC/HHZ.D",  # a folder
        "\uff12\uff10\uff11\uff19/CI/CCC/HHZ.D/CI.CCC..HHZ.D.\uff12\uff10\uff11\uff19.185",
    ],
)
def test_other_names_are_not(path):
    assert Layout("sds").read(path) is None


@pytest.mark.parametrize(
    ("pattern", "match"),
    [
        ("", "level ''"),
        ("{network}", "lacks channel, location, station, year"),
        ("{network}.{station}.{location}.{channel}.{year}", "lacks jday"),
        ("{network}.{station}.{location}.{channel}.{year}.{month}", "lacks jday"),
        ("../{network}.{station}.{location}.{channel}.{year}.{jday}", r"level '\.\.'"),
        ("a//{network}.{station}.{location}.{channel}.{year}.{jday}", "level ''"),
        ("{net}.{station}.{location}.{channel}.{year}.{jday}", r"wrong at '\{net\}'"),
        ("{network.{station}.{location}.{channel}.{year}.{jday}", "wrong at"),
    ],
)
def test_patterns_that_cannot_be_used(pattern, match):
    with pytest.raises(ArchiveError, match=match):
        Layout(pattern)


CODE = st.text("ABCXYZ019", min_size=1, max_size=5)


@given(
    st.sampled_from(sorted(LAYOUTS)),
    st.text("ABC", min_size=2, max_size=2),
    CODE,
    st.sampled_from(["", "00"]),
    st.sampled_from(["HHE", "EH1"]),
    st.dates(datetime.date(1970, 1, 1), datetime.date(2099, 12, 31)),
)
def test_every_layout_reads_what_it_would_write(layout, network, station, location, channel, day):
    values = {"network": network, "station": station, "location": location, "channel": channel}
    values |= {"year": f"{day:%Y}", "jday": f"{day:%j}"}
    path = LAYOUTS[layout]
    for field, value in values.items():
        for width in (2, 3, 5):
            path = path.replace(f"{{{field}:{width}}}", value.ljust(width, "_"))
        path = path.replace(f"{{{field}}}", value)
    name = Layout(layout).read(path)
    assert name == FileName(Instrument(network, station, location, channel[:2]), channel[2], day)


def name_of(channel_id, day=FOURTH):
    network, station, location, channel = channel_id.split(".")
    return FileName(Instrument(network, station, location, channel[:2]), channel[2], day)


@pytest.mark.parametrize(
    ("channels", "takes", "leaves"),
    [
        (
            Selection().channels,
            ["CI.CCC..HHZ", "PB.B204.00.EH1", "CI.CCC..HNE"],
            ["CI.CCC..BHZ", "CI.CCC..LHE"],
        ),
        (("CI.*.*.HH?",), ["CI.CCC..HHZ", "CI.A.00.HHE"], ["NC.CCC..HHZ", "CI.CCC..HNZ"]),
        (("CI.C[AC]C.*.*", "NC.*..EH?"), ["CI.CAC..BHZ", "NC.A..EHZ"], ["CI.CXC..BHZ", "NC.A.00.EHZ"]),
    ],
)
def test_channels_are_selected(channels, takes, leaves):
    selection = Selection(channels)
    assert all(selection.takes(name_of(channel_id)) for channel_id in takes)
    assert not any(selection.takes(name_of(channel_id)) for channel_id in leaves)


def test_days_are_selected():
    selection = Selection(start=FOURTH, end=datetime.date(2020, 1, 2))
    for day, taken in [((2019, 7, 3), 0), ((2019, 7, 4), 1), ((2020, 1, 2), 1), ((2020, 1, 3), 0)]:
        assert selection.takes(name_of("CI.CCC..HHZ", datetime.date(*day))) == bool(taken)
    assert [selection.may_take({"year": str(year)}) for year in (2018, 2019, 2020, 2021)] == [
        False,
        True,
        True,
        False,
    ]
    assert Selection(("CI.*.*.*",)).may_take({"network": "CI"})
    assert not Selection(("CI.*.*.*",)).may_take({"network": "NC", "year": "2019"})


def test_selections_that_cannot_be_meant():
    with pytest.raises(ArchiveError, match=r"'CI' selects nothing; a pattern NET\.STA\.LOC\.CHA"):
        Selection(("CI",))
    with pytest.raises(ArchiveError, match="is after the last"):
        Selection(start=FOURTH, end=datetime.date(2019, 7, 3))
