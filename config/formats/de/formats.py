"""How dates and times look on our pages in German: the day first, the month in letters, 24 hours."""

DATE_FORMAT = "j. M Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "j. M Y, H:i"
SHORT_DATE_FORMAT = "j. M Y"
SHORT_DATETIME_FORMAT = "j. M Y, H:i"
# Ours, besides Django's; each language has them.
LONG_DAY_FORMAT = "l, j. F"
MONTH_DAY_FORMAT = "j. F"
SHORT_MOMENT_FORMAT = "j. M, H:i"
SHORT_DAY_FORMAT = "D, j. M Y"
FULL_DAY_FORMAT = "l, j. F Y"
MONTH_FORMAT = "F Y"
