"""What every app of ours does when it is loaded."""

from typing import Any

from django.utils.translation import gettext_lazy


class TranslatedNames:
    """Beside AppConfig: the models and fields of an app are called in the reader's language.

    Django would show `first_name` as "first name" to everybody. The catalogues take these names from the models
    (`tools/messages.py`), so that a new field is a new entry.
    """

    models: dict[str, Any]

    def import_models(self) -> None:
        """Load the models, and let their names be looked up when they are shown; nothing has shown them before."""
        super().import_models()
        for model in self.models.values():
            _translate(model._meta)


def _translate(options: Any) -> None:
    options.verbose_name = gettext_lazy(str(options.verbose_name_raw))
    options.verbose_name_plural = gettext_lazy(str(options.verbose_name_plural))
    for field in options.local_fields + options.local_many_to_many:
        field.verbose_name = gettext_lazy(str(field.verbose_name))
