"""Public holidays of countries and their parts, in the country's own language. Plain Python."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

import holidays

from config.kernel.text import N_


@lru_cache(maxsize=512)
def of_year(region: str, year: int) -> Mapping[date, str]:
    """Return the public holidays of a year by day; raise `ValueError` where a region such as DE-BY is unknown."""
    country, _, part = region.partition("-")
    try:
        # Twice, since without a language names come in that of the server's environment.
        language = _found(country, part, year).default_language
        return dict(sorted(_found(country, part, year, language=language).items()))
    except NotImplementedError:
        raise ValueError(
            N_("“%(region)s” is no known country; write one like US, or with its part, DE-BY.", region=region)
        ) from None


def _found(country: str, part: str, year: int, **options: Any) -> Any:
    return holidays.country_holidays(
        country, subdiv=part or None, years=year, expand=False, categories=(holidays.PUBLIC,), **options
    )
