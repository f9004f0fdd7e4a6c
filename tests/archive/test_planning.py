"""From a listing to shards: what is in them, and that a new day changes no more than it must."""

import datetime

import pytest

from lppn_np.archive import sources
from lppn_np.archive.layouts import Layout
from lppn_np.archive.planning import make_plan
from lppn_np.archive.selecting import Selection
from lppn_np.archive.sources import Entry, State
from lppn_np.errors import ArchiveError

from .conftest import job_for, sds_path


class Listing:
    """A source that is nothing but names."""

    def __init__(self, *paths, broken=()):
        self.paths, self.broken, self.asked = paths, broken, []

    def entries(self, folder):
        self.asked.append(folder)
        if folder in self.broken:
            raise PermissionError(13, "Permission denied")
        start = f"{folder}/" if folder else ""
        names = {}
        for path in self.paths:
            if path.startswith(start):
                name, _, rest = path.removeprefix(start).partition("/")
                names[name] = None if rest else State(100, "1")
        return [Entry(name, state) for name, state in sorted(names.items())]


def paths(*days, station="XX.AAA..HH", components="ENZ"):
    return [
        sds_path("", station + c, datetime.date(2020, *day)).as_posix() for day in days for c in components
    ]


@pytest.fixture
def job(tmp_path):
    (tmp_path / "sds").mkdir()
    return job_for(tmp_path / "sds", tmp_path / "out")


def plan(job, *names, shard_days=8, selection=None, broken=()):
    return make_plan(job, Listing(*names, broken=broken), Layout("sds"), selection, shard_days)


def test_shards_are_blocks_of_the_calendar(job):
    made = plan(job, *paths((1, 1), (1, 8), (1, 9), (1, 31), (2, 1)))
    assert [shard.name for shard in made.shards] == [
        "XX.AAA.--.HH.2020-01-01",
        "XX.AAA.--.HH.2020-01-09",
        "XX.AAA.--.HH.2020-01-25",
        "XX.AAA.--.HH.2020-02-01",
    ]
    assert [len(shard.days) for shard in made.shards] == [2, 1, 1, 1]
    assert made.n_station_days == 5
    # Days 1 and 8, and day 9, whose beginning is the end of day 8's context.
    assert [file.day.day for file in made.shards[0].inputs[::3]] == [1, 8, 9]
    assert [file.day.day for file in made.shards[1].inputs[::3]] == [8, 9]
    assert [str(file.day) for file in made.shards[3].inputs[::3]] == ["2020-01-31", "2020-02-01"]


def test_a_day_that_appears_changes_its_shard_and_no_other(job):
    days = [(1, d) for d in range(1, 25) if d != 12]
    before = plan(job, *paths(*days)).shards
    after = plan(job, *paths(*days, (1, 12))).shards
    assert [a.name for a, b in zip(after, before, strict=True) if a != b] == ["XX.AAA.--.HH.2020-01-09"]
    later = plan(job, *paths(*days, (1, 12), (1, 25))).shards
    assert [shard.name for shard in later if shard not in after] == [
        "XX.AAA.--.HH.2020-01-17",  # reads the beginning of the 25th
        "XX.AAA.--.HH.2020-01-25",
    ]


@pytest.mark.parametrize("shard_days", [1, 3, 31])
def test_every_day_is_in_one_shard(job, shard_days):
    days = [(1, d) for d in range(1, 32)] + [(2, d) for d in range(1, 30)]
    made = plan(job, *paths(*days), shard_days=shard_days)
    assert sorted(day for shard in made.shards for day in shard.days) == [
        datetime.date(2020, *d) for d in days
    ]
    assert max(len(shard.days) for shard in made.shards) <= shard_days
    assert len({shard.name for shard in made.shards}) == len(made.shards)


def test_instruments_are_apart(job):
    names = [*paths((1, 1)), *paths((1, 1), station="XX.AAA.00.HH"), *paths((1, 1), station="XX.AAA..EH")]
    assert len(plan(job, *names, *paths((1, 1), station="XX.AAB..HH", components="12Z")).shards) == 4


def test_what_does_not_fit_is_counted(job):
    made = plan(job, *paths((1, 1)), "2020/XX/AAA/HHZ.D/readme.txt", "index.sqlite")
    assert len(made.shards) == 1
    assert made.ignored == 2
    assert "index.sqlite" in made.examples


def test_a_folder_that_cannot_be_listed_is_told(job):
    names = [*paths((1, 1)), *paths((1, 1), station="XX.BBB..HH")]
    made = plan(job, *names, broken=["2020/XX/BBB"])
    assert [shard.instrument.station for shard in made.shards] == ["AAA"]
    assert made.problems == ["2020/XX/BBB: cannot be listed ([Errno 13] Permission denied)"]
    with pytest.raises(ArchiveError, match="the archive cannot be listed"):
        plan(job, *names, broken=[""])


def test_folders_without_anything_wanted_are_not_entered(job):
    source = Listing(*paths((1, 1)), *paths((1, 1), station="YY.BBB..HH"), "2019/XX/AAA/HHZ.D/x")
    selection = Selection(("XX.*.*.HH?",), start=datetime.date(2020, 1, 1))
    assert len(make_plan(job, source, Layout("sds"), selection).shards) == 1
    assert "2020/YY" not in source.asked
    assert "2019" not in source.asked


@pytest.mark.parametrize("shard_days", [0, 32, -1])
def test_shards_of_impossible_size(job, shard_days):
    with pytest.raises(ArchiveError, match="1 to 31"):
        plan(job, shard_days=shard_days)


def test_a_folder_of_this_machine(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"12345")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    entries = {entry.name: entry.state for entry in sources.open_source(str(tmp_path)).entries("")}
    assert entries["folder"] is None
    assert entries["file"].size == 5
    assert entries["link"].size == -1  # to be read, and told then
    with pytest.raises(ArchiveError, match="there is no such folder"):
        sources.open_source(str(tmp_path / "nope"))
