"""Where data come from: addresses, file names below the folder of the source, and who is to be thanked.

Layouts as documented by each source; a mirror or a test server takes the place of the base address.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal
from urllib.parse import urlencode

from airq.errors import ParameterError

__all__ = ["SOURCES", "Item", "Site", "Source"]

_BEIJING: Final = timedelta(hours=8)
HOURLY: Final = (
    "temperature_2m",
    "dew_point_2m",
    "relative_humidity_2m",
    "surface_pressure",
    "wind_speed_10m",
    "wind_direction_10m",
    "precipitation",
    "boundary_layer_height",
    "shortwave_radiation",
)
"""Variables asked of Open-Meteo: those of the data model."""


@dataclass(frozen=True)
class Site:
    """A position that weather is asked for."""

    name: str
    lat: float
    lon: float


@dataclass(frozen=True)
class Item:
    """One file to fetch.

    Attributes
    ----------
    url : str
    path : str
        Below the folder of the source.
    content : str
        Key of :data:`airq.observations.fetch.checks.CHECKS`.
    settled : datetime
        UTC; from when on the source is not expected to add to it.
    """

    url: str
    path: str
    content: str
    settled: datetime


@dataclass(frozen=True)
class Request:
    """What a user asks of a source, already checked."""

    base: str
    start: date | None
    end: date | None
    stations: tuple[str, ...]
    sites: tuple[Site, ...]
    now: datetime
    days: int


@dataclass(frozen=True)
class Source:
    """A source of data.

    Attributes
    ----------
    name, title : str
    base : str
        Address that a mirror replaces.
    needs : {"", "stations", "sites"}
        What has to be named besides the dates.
    dated : bool
        Whether a range of dates is needed; a forecast has none.
    cite : str
        Source and terms as far as stated.
    """

    name: str
    title: str
    base: str
    needs: Literal["", "stations", "sites"]
    dated: bool
    cite: str
    list_items: Callable[[Request], Iterator[Item]]

    def items(
        self,
        start: date | None,
        end: date | None,
        stations: Sequence[str] = (),
        sites: Sequence[Site] = (),
        base: str | None = None,
        now: datetime | None = None,
        days: int = 7,
    ) -> list[Item]:
        """Files of a range of dates.

        Parameters
        ----------
        start, end : date or None
            Both inside, Beijing days.
        stations : sequence of str
            Codes of the source.
        sites : sequence of Site
        base : str, optional
            Address in place of the source's own.
        now : datetime, optional
            UTC.
        days : int
            Days ahead, for a forecast.

        Returns
        -------
        list of Item

        Raises
        ------
        ParameterError
            A date, station or position is missing or wrong.

        Examples
        --------
        >>> SOURCES["national-sites"].items(date(2019, 1, 5), date(2019, 1, 5))[0].url
        'https://quotsoft.net/air/data/china_sites_20190105.csv'
        """
        moment = now or datetime.now(UTC)
        self._check(start, end, stations, sites, moment, days)
        address = (base or self.base).rstrip("/")
        if not re.match(r"https?://[^/\s]+", address):
            raise ParameterError(
                f"base address '{address}' is not usable; write one that starts with http:// or https://."
            )
        request = Request(address, start, end, tuple(stations), tuple(sites), moment, days)
        return list(self.list_items(request))

    def _check(
        self,
        start: date | None,
        end: date | None,
        stations: Sequence[str],
        sites: Sequence[Site],
        now: datetime,
        days: int,
    ) -> None:
        if self.dated:
            if start is None or end is None:
                raise ParameterError(f"{self.name} needs a first and a last day; give --start and --end.")
            if end < start:
                raise ParameterError(f"the last day {end} lies before the first day {start}; swap them.")
            if start > (now + _BEIJING).date():
                raise ParameterError(f"the first day {start} lies in the future; choose an earlier one.")
        elif start is not None or end is not None:
            raise ParameterError(f"{self.name} always starts today; leave --start and --end out.")
        elif not 1 <= days <= 16:
            raise ParameterError(f"a forecast of {days} days is not offered; choose 1 to 16.")
        if self.needs == "stations" and not stations:
            raise ParameterError(f"{self.name} needs station codes; give --stations.")
        if self.needs == "sites" and not sites:
            raise ParameterError(f"{self.name} needs a position; give --place, or --lat and --lon.")
        for site in sites:
            if not (-90 <= site.lat <= 90 and -180 <= site.lon <= 360):
                raise ParameterError(f"lat {site.lat}, lon {site.lon} is no position; correct it.")
            if not re.fullmatch(r"[\w+-][\w.+-]*", site.name):
                raise ParameterError(f"'{site.name}' cannot name a file; use letters, digits and dashes.")


def _settled(day: date, after: timedelta) -> datetime:
    """End of a Beijing day plus a margin, in UTC."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1)
    return midnight - _BEIJING + after


def _range(request: Request) -> tuple[date, date]:
    today = (request.now + _BEIJING).date()
    assert request.start is not None and request.end is not None
    return request.start, min(request.end, today)


def _days(request: Request) -> Iterator[date]:
    day, last = _range(request)
    while day <= last:
        yield day
        day += timedelta(days=1)


def _national(kind: str) -> Callable[[Request], Iterator[Item]]:
    def items(request: Request) -> Iterator[Item]:
        for day in _days(request):
            name = f"china_{kind}_{day:%Y%m%d}.csv"
            url = f"{request.base}/{name}"
            yield Item(url, f"{day:%Y}/{name}", "archive", _settled(day, timedelta(days=2)))

    return items


def _openaq(request: Request) -> Iterator[Item]:
    for station in request.stations:
        if not station.isdigit():
            raise ParameterError(
                f"OpenAQ location '{station}' is not a number; look it up at explore.openaq.org."
            )
        for day in _days(request):
            name = f"location-{station}-{day:%Y%m%d}.csv.gz"
            folder = f"locationid={station}/year={day:%Y}/month={day:%m}"
            url = f"{request.base}/records/csv.gz/{folder}/{name}"
            # The archive is renewed every 72 hours; a local day may end a day later than Beijing's.
            yield Item(url, f"{station}/{day:%Y}/{name}", "openaq", _settled(day, timedelta(days=5)))


def isd_code(text: str) -> str:
    """``USAF-WBAN`` of a station code.

    Examples
    --------
    >>> isd_code("51463"), isd_code("514630-99999")
    ('514630-99999', '514630-99999')
    """
    code = text.strip().upper()
    if re.fullmatch(r"\d{5}", code):
        return f"{code}0-99999"  # WMO number
    if not re.fullmatch(r"[0-9A-Z]\d{5}-\d{5}", code):
        raise ParameterError(
            f"'{text}' is no ISD station; write USAF-WBAN such as 514630-99999, or the WMO number 51463."
        )
    return code


def _isd(request: Request) -> Iterator[Item]:
    codes = [isd_code(s) for s in request.stations]
    always = request.now + timedelta(days=1)
    yield Item(f"{request.base}/isd-history.csv", "isd-history.csv", "isd-history", always)
    first, last = _range(request)
    # Beijing days of 1 January begin in the year before by UTC.
    begin = (datetime(first.year, first.month, first.day) - _BEIJING).year
    for code in codes:
        for year in range(begin, last.year + 1):
            name = f"{code}-{year}.gz"
            settled = datetime(year + 1, 2, 1, tzinfo=UTC)
            yield Item(f"{request.base}/isd-lite/{year}/{name}", f"{year}/{name}", "isd-lite", settled)


def _query(site: Site, **more: str | int) -> str:
    return urlencode(
        {
            "latitude": f"{site.lat:g}",
            "longitude": f"{site.lon:g}",
            "hourly": ",".join(HOURLY),
            "wind_speed_unit": "ms",
            "timezone": "Asia/Shanghai",
            **more,
        },
        safe=",/",
    )


def _history(request: Request) -> Iterator[Item]:
    first, last = _range(request)
    for site in request.sites:
        for year in range(first.year, last.year + 1):
            a, b = max(first, date(year, 1, 1)), min(last, date(year, 12, 31))
            query = _query(site, start_date=a.isoformat(), end_date=b.isoformat())
            name = f"{site.name}_{a:%Y%m%d}_{b:%Y%m%d}.json"
            # ERA5 is replaced by its final edition after about three months.
            yield Item(
                f"{request.base}/archive?{query}",
                f"{site.name}/{name}",
                "open-meteo",
                _settled(b, timedelta(days=100)),
            )


def _forecast(request: Request) -> Iterator[Item]:
    for site in request.sites:
        query = _query(site, forecast_days=request.days)
        name = f"{site.name}_{request.now:%Y%m%dT%H%M}Z.json"
        url = f"{request.base}/forecast?{query}"
        yield Item(url, f"{site.name}/{name}", "open-meteo", request.now)


_CNEMC: Final = "China National Environmental Monitoring Centre, real-time feed, through the archive quotsoft.net/air; unvalidated, no licence stated: cite both"
_METEO: Final = "Open-Meteo.com, CC BY 4.0; ERA5 of the Copernicus Climate Change Service"

SOURCES: Final[dict[str, Source]] = {
    s.name: s
    for s in (
        Source(
            "national-sites",
            "hourly values of all national stations, one file a day",
            "https://quotsoft.net/air/data",
            "",
            True,
            _CNEMC,
            _national("sites"),
        ),
        Source(
            "national-cities",
            "hourly values of all cities, one file a day",
            "https://quotsoft.net/air/data",
            "",
            True,
            _CNEMC,
            _national("cities"),
        ),
        Source(
            "openaq",
            "OpenAQ archive, one file a location and day",
            "https://openaq-data-archive.s3.amazonaws.com",
            "stations",
            True,
            "OpenAQ, with the licence of each provider",
            _openaq,
        ),
        Source(
            "isd-lite",
            "weather stations, one file a station and year",
            "https://www.ncei.noaa.gov/pub/data/noaa",
            "stations",
            True,
            "NOAA NCEI, Integrated Surface Database, public domain",
            _isd,
        ),
        Source(
            "open-meteo",
            "weather history of a position, one file a year",
            "https://archive-api.open-meteo.com/v1",
            "sites",
            True,
            _METEO,
            _history,
        ),
        Source(
            "open-meteo-forecast",
            "weather forecast of a position, one file an issue",
            "https://api.open-meteo.com/v1",
            "sites",
            False,
            "Open-Meteo.com, CC BY 4.0",
            _forecast,
        ),
    )
}
"""Sources by name."""
