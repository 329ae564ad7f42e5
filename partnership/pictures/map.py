"""The map of the two municipalities: projection, distance, arcs."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from django.conf import settings

from ..models import Partner

_CENTRE_LONGITUDE = 20.5
_EARTH_RADIUS_KM = 6371.0088  # mean radius, IUGG


class Point(NamedTuple):
    """A place on the drawing, in its units: 1 020 wide, the equator at y = 640."""

    x: float
    y: float


def on_map(latitude: float, longitude: float) -> Point:
    """Lambert’s azimuthal equal-area projection centred on 0°, 20.5° E, in the units of the drawn outlines."""
    phi, turned = math.radians(latitude), math.radians(longitude - _CENTRE_LONGITUDE)
    scale = math.sqrt(2 / (1 + math.cos(phi) * math.cos(turned)))
    return Point(
        round(380 + 640 * scale * math.cos(phi) * math.sin(turned), 1), round(640 - 640 * scale * math.sin(phi), 1)
    )


@cache
def land_outline() -> str:
    """The path of all land on the drawing, from the file that pages draw it from."""
    return (settings.BASE_DIR / "static" / "img" / "land.svg").read_text().partition(' d="')[2].partition('"')[0]


def pin_of(partner: Partner) -> Point | None:
    """The place of a partner on the drawing; None without a place on record."""
    if partner.latitude is None or partner.longitude is None:
        return None
    return on_map(float(partner.latitude), float(partner.longitude))


def distance_km(first: Partner, second: Partner) -> int:
    """The great-circle distance between two places in kilometres, to the nearest ten."""
    places = [(math.radians(partner.latitude), math.radians(partner.longitude)) for partner in (first, second)]  # type: ignore[arg-type]
    (north, east), (other_north, other_east) = places
    half = (
        math.sin((other_north - north) / 2) ** 2
        + math.cos(north) * math.cos(other_north) * math.sin((other_east - east) / 2) ** 2
    )
    return round(2 * _EARTH_RADIUS_KM * math.asin(math.sqrt(half)) / 10) * 10


class Arc(NamedTuple):
    """A curve from one place to another, bent to the left; a diagram, not a flight path."""

    start: Point
    end: Point

    def _beside(self, along: float, off: float) -> Point:
        across, down = self.end.x - self.start.x, self.end.y - self.start.y
        return Point(
            round(self.start.x + across * along + down * off, 1), round(self.start.y + down * along - across * off, 1)
        )

    @property
    def _controls(self) -> tuple[Point, Point]:
        return self._beside(0.25, 0.22), self._beside(0.72, 0.19)

    @property
    def path(self) -> str:
        first, second = self._controls
        ends = (self.start, first, second, self.end)
        return "M{0.x} {0.y}C{1.x} {1.y} {2.x} {2.y} {3.x} {3.y}".format(*ends)

    @property
    def arrow(self) -> str:
        """The transform of the arrowhead, halfway along the curve."""
        points = (self.start, *self._controls, self.end)
        weights, slopes = (1, 3, 3, 1), (-1, -1, 1, 1)
        x = sum(point.x * weight for point, weight in zip(points, weights, strict=True)) / 8
        y = sum(point.y * weight for point, weight in zip(points, weights, strict=True)) / 8
        across = sum(point.x * slope for point, slope in zip(points, slopes, strict=True))
        down = sum(point.y * slope for point, slope in zip(points, slopes, strict=True))
        return f"translate({x:.1f} {y:.1f}) rotate({math.degrees(math.atan2(down, across)):.1f})"


class Map(NamedTuple):
    """The two municipalities, the arc of each direction, and the distance."""

    sweden: Partner
    south_africa: Partner

    north: Point
    south: Point

    @property
    def to_sweden(self) -> Arc:
        return Arc(self.south, self.north)

    @property
    def to_south_africa(self) -> Arc:
        return Arc(self.north, self.south)

    @property
    def distance(self) -> int:
        return distance_km(self.sweden, self.south_africa)


def partnership_map() -> Map | None:
    """The map of the two municipalities; None while one of them has no place on record."""
    formal = Partner.objects.published().formal().current()
    by_country = {
        partner.country: partner
        for partner in formal.filter(kind=Partner.Kind.MUNICIPALITY, latitude__isnull=False).reverse()
    }
    sweden, south_africa = by_country.get(Partner.Country.SWEDEN), by_country.get(Partner.Country.SOUTH_AFRICA)
    if sweden is None or south_africa is None:
        return None
    north, south = pin_of(sweden), pin_of(south_africa)
    return Map(sweden, south_africa, north, south) if north and south else None


class Place(NamedTuple):
    """A town with its partners; ``point`` is None where nobody there has a place on record."""

    town: str
    partners: list[Partner]
    point: Point | None


def places_of(partners: Iterable[Partner]) -> list[Place]:
    """The partners by the town where they sit, those on the map first, from north to south; without the townless."""
    by_town: dict[str, list[Partner]] = defaultdict(list)
    for partner in partners:
        if partner.town:
            by_town[str(partner.town)].append(partner)
    places = [Place(town, group, next(filter(None, map(pin_of, group)), None)) for town, group in by_town.items()]
    return sorted(
        places,
        key=lambda place: (place.point is None, place.point.y if place.point else 0, -len(place.partners), place.town),
    )
