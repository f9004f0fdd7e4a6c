"""Physics of a made-up event: what leaves the source, and what the path makes of it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lppn_np.errors import InputError

Array = NDArray[np.float64]

_DENSITY = 2700.0  # kg / m^3
#: Seconds in which the coda sets in, so that the direct wave makes the onset.
_CODA_RISE = 0.1
_NEAREST_KM, _FARTHEST_KM = 3.0, 120.0
#: Share of the record that S minus P may take.
_LONGEST_LAG = 0.6


@dataclass(frozen=True, kw_only=True)
class Source:
    """An event and its path to one station.

    Attributes
    ----------
    distance_km : float
        From hypocentre to station.
    magnitude : float
        Moment magnitude.
    stress_drop : float
        In Pa.
    f_max : float
        Corner frequency (Hz) that the smallest events come close to, as they do in real records.
    vp_km_s, vp_vs : float
        Speed of P, and its ratio to that of S.
    q_s : float
        Quality factor of S; that of P is 2.25 times as large.
    kappa : float
        Attenuation under the station, in seconds.
    incidence : float
        Angle of the arriving ray from the vertical, in radians.
    back_azimuth : float
        From the station to the event, in radians from North.
    radiation_p, radiation_s : float
        Radiation pattern towards the station, with sign.
    s_angle : float
        Of S's motion between SV (0) and SH (pi / 2).
    coda_seconds : float
        In which the coda of S falls to 1 / e; that of P takes half as long.
    """

    distance_km: float
    magnitude: float
    stress_drop: float
    f_max: float
    vp_km_s: float
    vp_vs: float
    q_s: float
    kappa: float
    incidence: float
    back_azimuth: float
    radiation_p: float
    radiation_s: float
    s_angle: float
    coda_seconds: float

    @property
    def moment(self) -> float:
        """Seismic moment in N m."""
        return float(10 ** (1.5 * self.magnitude + 9.1))

    def speed(self, phase: str) -> float:
        """Of P or S, in m/s."""
        return 1e3 * self.vp_km_s / (1.0 if phase == "P" else self.vp_vs)

    @property
    def s_minus_p(self) -> float:
        """Seconds between the arrivals."""
        return 1e3 * self.distance_km * (1 / self.speed("S") - 1 / self.speed("P"))

    def corner(self, phase: str) -> float:
        """Corner frequency in Hz: Brune's with an upper limit for S, and 1.3 times that for P."""
        radius_inverse = (16 / 7 * self.stress_drop / self.moment) ** (1 / 3)
        brune = 2.34 * self.speed("S") / (2 * math.pi) * radius_inverse
        return float(brune * self.f_max / math.hypot(brune, self.f_max) * (1.3 if phase == "P" else 1.0))

    def t_star(self, phase: str) -> float:
        """Seconds t* of the attenuation exp(-pi f t*)."""
        q = self.q_s * (2.25 if phase == "P" else 1.0)
        return 1e3 * self.distance_km / self.speed(phase) / q + self.kappa

    def amplitude(self, phase: str) -> float:
        """Area under the ground's displacement in m s: far field, doubled by the free surface."""
        speed = self.speed(phase)
        return 2 * self.moment / (4 * math.pi * _DENSITY * speed**3 * 1e3 * self.distance_km)

    def polarisation(self, phase: str) -> Array:
        """First motion along E, N and Z, the radiation pattern included."""
        sin_i, cos_i = math.sin(self.incidence), math.cos(self.incidence)
        # Away from the event, and to the right of that.
        azimuth = self.back_azimuth + math.pi
        radial = np.array([math.sin(azimuth), math.cos(azimuth), 0.0])
        transverse = np.array([math.cos(azimuth), -math.sin(azimuth), 0.0])
        up = np.array([0.0, 0.0, 1.0])
        if phase == "P":
            return self.radiation_p * (sin_i * radial + cos_i * up)
        sv = cos_i * radial - sin_i * up
        return self.radiation_s * (math.cos(self.s_angle) * sv + math.sin(self.s_angle) * transverse)

    def coda_envelope(self, phase: str, after: Array) -> Array:
        """Strength of the scattered waves ``after`` seconds from the onset; the direct wave's is about 1."""
        decay = self.coda_seconds * (0.5 if phase == "P" else 1.0)
        since = np.maximum(after, 0)
        radiation = abs(self.radiation_p if phase == "P" else self.radiation_s)
        return radiation * -np.expm1(-since / _CODA_RISE) * np.exp(-since / decay)


def draw_source(
    rng: np.random.Generator, seconds: float, distance_km: float | None, magnitude: float | None
) -> Source:
    """Draw what is not given, so that P and S fall into a record of so many ``seconds``.

    Raises
    ------
    InputError
        A distance that is not positive or at which S comes too late, or a magnitude that is no number.
    """
    speed, ratio = rng.uniform(5.2, 6.8), rng.uniform(1.65, 1.85)
    farthest = _LONGEST_LAG * seconds * speed / (ratio - 1)
    nearest, limit = min(_NEAREST_KM, 0.5 * farthest), min(_FARTHEST_KM, farthest)
    drawn_distance = nearest * (limit / nearest) ** rng.random()
    distance = float(drawn_distance if distance_km is None else distance_km)
    drawn_magnitude = rng.uniform(0.5, 4.5)
    size = float(drawn_magnitude if magnitude is None else magnitude)
    if not 0 < distance <= farthest:
        raise InputError(
            f"distance_km is {distance:g}; more than 0 and at most {farthest:.0f} is expected, "
            f"or S misses a record of {seconds:g} s"
        )
    if not -5 <= size <= 10:
        raise InputError(f"magnitude is {size}; -5 to 10 is expected")
    return Source(
        distance_km=distance,
        magnitude=size,
        stress_drop=float(10 ** rng.uniform(5.5, 7)),
        f_max=float(rng.uniform(12, 20)),
        vp_km_s=float(speed),
        vp_vs=float(ratio),
        q_s=float(rng.uniform(100, 400)),
        kappa=float(rng.uniform(0.02, 0.05)),
        incidence=math.radians(rng.uniform(5, 50)),
        back_azimuth=float(rng.uniform(0, 2 * math.pi)),
        radiation_p=float(rng.uniform(0.3, 1.0) * rng.choice([-1.0, 1.0])),
        radiation_s=float(rng.uniform(0.3, 1.0) * rng.choice([-1.0, 1.0])),
        s_angle=float(rng.uniform(0, 2 * math.pi)),
        coda_seconds=float(rng.uniform(2, 8)),
    )
