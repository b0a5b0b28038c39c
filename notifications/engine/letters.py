"""E-mails whose words are those of their origin rather than of a template. Plain Python."""

import html
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

# Where a delivery's values hold one.
KEY = "letter"


@dataclass(frozen=True)
class MailContent:
    """An e-mail as plain text; `calendar` is an iCalendar object to be attached."""

    subject: str
    text: str
    from_name: str = ""
    calendar: str = ""

    @property
    def html(self) -> str:
        """Return the text as HTML, each line on its own."""
        return html.escape(self.text).replace("\n", "<br>\n")

    def as_values(self) -> dict[str, Any]:
        """Return the values of a delivery that says this."""
        return {KEY: asdict(self)}

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self | None:
        """Return the letter in a delivery's values; None where its words are a template's."""
        return cls(**values[KEY]) if KEY in values else None
