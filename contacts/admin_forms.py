"""Admin forms with phone numbers."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts import tenancy
from accounts.admin.site import TenantForm
from contacts.errors import BadPhone
from contacts.services import contacts


class PhonesForm(TenantForm):
    """Normalises the named fields to E.164, read in the region of the row's organization."""

    phones: ClassVar[tuple[str, ...]] = ()

    def takes_phone(self, name: str, text: str) -> bool:
        """Return whether a number stands there; some fields take e-mail addresses too."""
        return True

    def clean(self) -> Any:
        """Write each number out, or say at its field what is wrong with it."""
        cleaned = super().clean()
        chosen = self.cleaned_data.get("organization")
        organization_id = chosen.pk if chosen else self.instance.organization_id
        for name in self.phones:
            text = self.cleaned_data.get(name)
            if text and organization_id and self.takes_phone(name, text):
                self._keep(name, text, organization_id)
        return cleaned

    def _keep(self, name: str, text: str, organization_id: int) -> None:
        try:
            with tenancy.tenant(organization_id):
                self.cleaned_data[name] = contacts.phone_of_tenant(text)
        except BadPhone as error:
            self.add_error(name, forms.ValidationError(error.message, code=error.code))


class ContactPhoneForm(PhonesForm):
    """A number of a contact, typed as people write it."""

    phones = ("number",)
    # Longer than what is stored: spaces and brackets go.
    number = forms.CharField(max_length=40, widget=UnfoldAdminTextInputWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "number" in self.fields:
            self.fields["number"].help_text = _(
                "With its country code, or as it is dialled in the organization's region."
            )
