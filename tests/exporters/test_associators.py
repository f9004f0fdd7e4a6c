"""The files that GaMMA and PyOcto are given: both find the event in them, where it was."""

import datetime as dt
import importlib.util
import math
import sys
from pathlib import Path

import pytest

WHY = (
    "the extra associate is not installed (`make associate` runs these tests in an environment of their own)"
)
pandas = pytest.importorskip("pandas", reason=WHY)


def _neighbour(name):
    """Import a module beside this file: the tests are no package."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


network = _neighbour("synthetic_event")
PICKS = network.network_picks()
N_TRUE = 2 * len(network.STATIONS)

pytestmark = pytest.mark.filterwarnings("ignore")  # of pandas and scikit-learn, about what the associators do


def located(x, y, z, time):
    """Assert that an event is where it was."""
    assert math.dist((x, y), network.EVENT[:2]) < 3.0
    assert abs(z - network.EVENT[2]) < 8.0
    assert abs(time - network.ORIGIN.timestamp()) < 1.0


# ---------------------------------------------------------------- PyOcto


@pytest.fixture
def pyocto():
    """Return an associator for the network, and its stations as PyOcto has them."""
    pyocto = pytest.importorskip("pyocto", reason=WHY)
    associator = pyocto.OctoAssociator(
        xlim=(0.0, 100.0),
        ylim=(0.0, 100.0),
        zlim=(0.0, 30.0),
        time_before=60.0,
        velocity_model=pyocto.VelocityModel0D(network.V_P, network.V_S, tolerance=1.0),
        n_picks=8,
        n_p_picks=4,
        n_s_picks=4,
        n_p_and_s_picks=4,
        n_threads=1,
    )
    rows = [(name, x, y, 0.0) for name, (x, y) in network.STATIONS.items()]
    return associator, pandas.DataFrame(rows, columns=["id", "x", "y", "z"])


def assert_one_event(events, assignments):
    assert len(events) == 1
    event = events.iloc[0]
    located(event.x, event.y, event.z, event.time)
    assert len(assignments) == N_TRUE


def test_pyocto(pyocto, tmp_path):
    associator, stations = pyocto
    PICKS.write(tmp_path / "picks.csv", "pyocto")
    assert_one_event(*associator.associate(pandas.read_csv(tmp_path / "picks.csv"), stations))


def test_pyocto_takes_our_picks_as_seisbenchs(pyocto):
    obspy = pytest.importorskip("obspy")
    from dataclasses import replace

    associator, stations = pyocto
    picks = [replace(pick, peak_time=obspy.UTCDateTime(pick.peak_time)) for pick in PICKS]
    assert_one_event(*associator.associate_seisbench(picks, stations))


def test_pyocto_reads_our_files_for_gamma(pyocto, tmp_path):
    associator, stations = pyocto
    PICKS.write(tmp_path / "picks.csv", "gamma")
    picks = pandas.read_csv(tmp_path / "picks.csv", parse_dates=["timestamp"])
    gamma_stations = stations.rename(columns={"x": "x(km)", "y": "y(km)", "z": "z(km)"})
    assert_one_event(*associator.associate_gamma(picks, gamma_stations))


def test_pyocto_reads_our_folder_for_real(pyocto, tmp_path):
    associator, stations = pyocto
    PICKS.write(tmp_path / "real", "real")
    days = sorted((tmp_path / "real").iterdir())
    assert [day.name for day in days] == ["20190704", "20190705"]
    parts = []
    for day in days:
        midnight = dt.datetime.strptime(day.name, "%Y%m%d").replace(tzinfo=dt.UTC).timestamp()
        picks = associator._real_parse_picks(day)
        parts.append(picks.assign(time=picks["time"] + midnight))
    assert_one_event(*associator.associate(pandas.concat(parts, ignore_index=True), stations))


# ---------------------------------------------------------------- GaMMA


def test_gamma(tmp_path, capfd):
    utils = pytest.importorskip("gamma.utils", reason=WHY)
    PICKS.write(tmp_path / "picks.csv", "gamma")
    picks = pandas.read_csv(tmp_path / "picks.csv", parse_dates=["timestamp"])
    rows = [(name, x, y, 0.0) for name, (x, y) in network.STATIONS.items()]
    stations = pandas.DataFrame(rows, columns=["id", "x(km)", "y(km)", "z(km)"])
    config = {
        "dims": ["x(km)", "y(km)", "z(km)"],
        "use_dbscan": True,
        "dbscan_eps": 25.0,
        "dbscan_min_samples": 3,
        "use_amplitude": False,
        "x(km)": (0, 100),
        "y(km)": (0, 100),
        "z(km)": (0, 30),
        "vel": {"p": network.V_P, "s": network.V_S},
        "bfgs_bounds": ((-1, 101), (-1, 101), (0, 31), (None, None)),
        "covariance_prior": [5.0, 2.0],
        "oversample_factor": 5,
        "ncpu": 1,
        "min_picks_per_eq": 8,
        "max_sigma11": 2.0,
        "max_sigma22": 1.0,
        "max_sigma12": 1.0,
    }
    events, assignments = utils.association(picks, stations, config, method="BGMM")
    assert len(events) == 1
    (event,) = events
    time = dt.datetime.fromisoformat(event["time"]).replace(tzinfo=dt.UTC).timestamp()
    located(event["x(km)"], event["y(km)"], event["z(km)"], time)
    assert len(assignments) >= N_TRUE - 2
