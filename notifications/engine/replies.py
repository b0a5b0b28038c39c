"""What a patient's text means. Plain Python."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum


class ReplyIntent(StrEnum):
    """What the writer wants."""

    YES = "yes"
    NO = "no"
    STOP = "stop"
    START = "start"
    HELP = "help"
    UNCLEAR = "unclear"


@dataclass(frozen=True)
class Keywords:
    """Sole words by which people opt out of a channel, opt in again, or ask for help, in every language."""

    stop: frozenset[str] = frozenset()
    start: frozenset[str] = frozenset()
    help: frozenset[str] = frozenset()


NO_KEYWORDS = Keywords()
# The words with which carriers switch texts off and on.
TEXT_KEYWORDS = Keywords(
    stop=frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"}),
    start=frozenset({"start", "unstop"}),
    help=frozenset({"help", "info"}),
)

YES_WORDS = {
    "en": frozenset({"yes", "y", "yep", "yeah", "yup", "ok", "okay", "confirm", "confirmed", "1"}),
    "es": frozenset({"si", "sí", "s", "vale", "confirmo", "confirmar", "1"}),
    "fr": frozenset({"oui", "o", "ok", "confirme", "confirmer", "1"}),
}
NO_WORDS = {
    "en": frozenset({"no", "n", "nope", "nah", "2"}),
    "es": frozenset({"no", "n", "2"}),
    "fr": frozenset({"non", "n", "2"}),
}
# Words that may stand beside a yes or a no without changing it.
POLITE = frozenset(
    "please thanks thank you ty thx that is fine sounds good great i i'll will be there see then sure "
    "gracias por favor merci bien allí alli estaré estare la serai d'accord".split()
)


def parse(text: str, language: str = "en", *, keywords: Keywords = NO_KEYWORDS) -> ReplyIntent:
    """Read a reply: a clear yes, a clear no, a keyword of its channel, or unclear.

    "Yes", "YES!" and "no thanks" are clear; "yesterday", "I don't know", "not sure" and "no, yes" are not.
    """
    words = _words(text)
    if len(words) == 1 and (keyword := _keyword(words[0], keywords)):
        return keyword
    yes, no = _known(YES_WORDS, language), _known(NO_WORDS, language)
    votes = {ReplyIntent.YES if word in yes else ReplyIntent.NO for word in words if word in yes | no}
    rest = [word for word in words if word not in yes | no and word not in POLITE]
    if len(votes) != 1 or rest:
        return ReplyIntent.UNCLEAR
    return votes.pop()


def _keyword(word: str, keywords: Keywords) -> ReplyIntent | None:
    for intent, known in (
        (ReplyIntent.STOP, keywords.stop),
        (ReplyIntent.START, keywords.start),
        (ReplyIntent.HELP, keywords.help),
    ):
        if word in known:
            return intent
    return None


def _known(table: dict[str, frozenset[str]], language: str) -> frozenset[str]:
    return table["en"] | table.get(language.lower().replace("_", "-").split("-")[0], frozenset())


def _words(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    return re.findall(r"[^\W_]+(?:'[^\W_]+)*", folded)
