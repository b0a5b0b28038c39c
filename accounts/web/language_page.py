"""The page on which a person chooses the language of Punctual's pages."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.request_facts import person


class LanguageForm(forms.ModelForm):
    """A language, or the organization's."""

    class Meta:
        model = User
        fields = ("language",)
        labels = {"language": gettext_lazy("Language")}


@login_required
def choose(request: HttpRequest) -> HttpResponse:
    """Show and keep the choice."""
    form = LanguageForm(request.POST or None, instance=person(request))
    if request.method != "POST" or not form.is_valid():
        return render(request, "accounts/language.html", {"form": form})
    form.save()
    with translation.override(form.cleaned_data["language"] or translation.get_language()):
        messages.success(request, _("Pages are in this language from now on."))
    return HttpResponseRedirect(reverse("account_language"))
