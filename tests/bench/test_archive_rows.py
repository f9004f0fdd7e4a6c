"""The comparison that says whether kills have cost a pick must see each way in which they could."""

import pytest

from lppn_np.bench.archive_faults import TARGETS, plan_kills
from lppn_np.bench.archive_rows import compare_archives, read_rows

arrow = pytest.importorskip("pyarrow", reason="archives are written with pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

ROWS = [
    {"trace_id": "X.A.", "instrument": "HH", "phase": "P", "peak_time": i, "peak_value": 0.5}
    for i in range(9)
]
NONE = {"lost": 0, "doubled": 0, "changed": 0, "new": 0}


def write(output, *shards):
    for number, rows in enumerate(shards):
        path = output / f"picks/network=X/X.A.--.HH.2020-01-{8 * number + 1:02d}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(arrow.Table.from_pylist(rows), path)


@pytest.mark.parametrize(
    ("shards", "expected"),
    [
        ((ROWS[:5], ROWS[5:]), {}),
        ((ROWS[:5], ROWS[6:]), {"lost": 1}),
        ((ROWS[:5], ROWS[4:]), {"doubled": 1}),
        ((ROWS[:5], [ROWS[5] | {"peak_value": 0.6}, *ROWS[6:]]), {"changed": 1}),
        ((ROWS[:5], [ROWS[5] | {"peak_time": 99}, *ROWS[6:]]), {"lost": 1, "new": 1}),
        ((), {"lost": 9}),
    ],
)
def test_what_kills_could_do_is_seen(shards, expected, tmp_path):
    write(tmp_path / "calm", ROWS)
    write(tmp_path / "killed", *shards)
    found = compare_archives(tmp_path / "calm", tmp_path / "killed")
    n_found = sum(map(len, shards))
    assert found == {"expected": 9, "found": n_found} | NONE | expected


def test_files_that_were_never_finished_do_not_count(tmp_path):
    write(tmp_path, ROWS)
    path = next(tmp_path.rglob("*.parquet"))
    path.with_name(".half.parquet").write_bytes(b"PAR1")
    assert compare_archives(tmp_path, tmp_path)["found"] == read_rows([path]).total() == 9


def test_kills_hang_on_the_seed_alone():
    kills = plan_kills(100, 4, seed=3)
    assert kills == plan_kills(100, 4, seed=3) != plan_kills(100, 4, seed=4)
    assert [sum(kill.target == target for kill in kills) for target in TARGETS] == [4, 4, 4]
    assert all(0 <= kill.shards < 98 for kill in kills)
    assert [kill.shards for kill in kills] == sorted(kill.shards for kill in kills)
