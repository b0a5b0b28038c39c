"""What forms ask where a time is taken: one of the free times nearby, or why both may stand."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from appointments.errors import SlotTaken, TakenTime
from appointments.services.series_occurrences import Deed, OccurrenceDecision
from config.kernel import language

# Of the fields that ask what becomes of an occurrence, before its original start.
OCCURRENCE = "at_"
OVERLAP, SKIP, MOVE = str(Deed.OVERLAP), str(Deed.SKIP), f"{Deed.MOVE} "


class TakenTimeForm(forms.Form):
    """Says who has a time that is taken, and asks for another one or a reason."""

    overlap_reason = forms.CharField(
        label=gettext_lazy("Why it may overlap"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("Only where the time is taken, and both are to stand."),
    )
    taken: Sequence[TakenTime] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.data.get("free"):
            self.fields["free"] = _choice(_("Free nearby"), [(self.data["free"], "")])
        for name in self.data:
            if name.startswith(OCCURRENCE) and _moment(name.removeprefix(OCCURRENCE)):
                self.fields[name] = _choice("", [(self.data[name], "")])

    @property
    def free(self) -> datetime | None:
        """Return the free time that was chosen."""
        return _moment(self.cleaned_data.get("free", ""))

    @property
    def decisions(self) -> list[OccurrenceDecision]:
        """Return what was chosen for occurrences that are taken."""
        found = []
        for name, value in self.cleaned_data.items():
            start = _moment(name.removeprefix(OCCURRENCE)) if name.startswith(OCCURRENCE) else None
            if start and value == SKIP:
                found.append(OccurrenceDecision(start, Deed.SKIP))
            elif start and value == OVERLAP:
                found.append(
                    OccurrenceDecision(start, Deed.OVERLAP, overlap_reason=self.cleaned_data["overlap_reason"])
                )
            elif start and (moved := _moment(value.removeprefix(MOVE))):
                found.append(OccurrenceDecision(start, Deed.MOVE, starts_at=moved))
        return found

    def tell_taken(self, error: SlotTaken, *, is_series: bool = False) -> None:
        """Show who has the time, and offer what is free nearby; of a series for each occurrence."""
        self.taken = error.taken
        if is_series:
            for each in error.taken:
                self.fields[f"{OCCURRENCE}{each.original_start.isoformat()}"] = _of_occurrence(each)
        elif error.taken and error.taken[0].free:
            self.fields["free"] = _choice(_("Free nearby"), [(at, words) for at, words in _free(error.taken[0])])


def _of_occurrence(each: TakenTime) -> forms.ChoiceField:
    moves = [(f"{MOVE}{at}", _("Move it to %(time)s") % {"time": words}) for at, words in _free(each)]
    choices = [(SKIP, _("Leave it out")), *moves, (OVERLAP, _("Let it overlap, for the reason above"))]
    return _choice(language.moment(each.starts_at), choices)


def _free(each: TakenTime) -> list[tuple[str, str]]:
    return [(begin.isoformat(), language.short_moment(begin)) for begin, _end in each.free]


def _choice(label: str, choices: Sequence[tuple[str, str]]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, required=False, widget=forms.RadioSelect)


def _moment(text: str) -> datetime | None:
    """Return an aware moment of ISO 8601; None for anything else."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None
