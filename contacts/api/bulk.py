"""Many contacts in one request."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import crm_service
from accounts.api.bulk import BulkAnswerSerializer, BulkChange, BulkRun
from accounts.services import audit
from config.kernel.errors import PunctualError
from contacts.api.serializers import ContactSerializer
from contacts.models import Contact
from contacts.services import contacts


class ContactItemSerializer(ContactSerializer):
    """A contact to be made; or, with the `id` or the `external_id` of one that is known, to be changed."""

    id = serializers.IntegerField(
        required=False, write_only=True, help_text=gettext_lazy("Of the contact that is to be changed.")
    )


class ContactItemsSerializer(serializers.Serializer):
    """Contacts to be made and changed."""

    items = ContactItemSerializer(many=True, help_text=gettext_lazy("At most 1,000."))


class ContactBulkRun(BulkRun[Contact]):
    """Makes and changes contacts."""

    new_serializer = ContactSerializer
    change_serializer = ContactSerializer

    def known(self) -> QuerySet[Any]:
        """Return the contacts."""
        return Contact.objects.all()

    def make(self, wanted: Sequence[dict[str, Any]]) -> Sequence[Contact | PunctualError]:
        """Make contacts, a few statements for all."""
        maker = crm_service.visitor_uuid(self.request)
        made = contacts.create_many([{**fields, "core_user_uuid": maker} for fields in wanted])
        audit.record_many("create", [row for row in made if isinstance(row, Contact)])
        return made

    def change(self, wanted: Sequence[BulkChange[Contact]]) -> Sequence[Contact | PunctualError]:
        """Change contacts, a few statements for all."""
        before = {each.row.pk: audit.RowSnapshot(each.row) for each in wanted}
        done = contacts.change_many([(each.row, each.fields) for each in wanted])
        rows = [row for row in done if isinstance(row, Contact)]
        audit.record_changes("update", {row: before[row.pk].changed_fields(row) for row in rows})
        return done


class ContactBulkActions:
    """Makes and changes many contacts."""

    request: Any
    get_serializer_context: Any

    @extend_schema(request=ContactItemsSerializer, responses={200: BulkAnswerSerializer}, filters=False)
    @action(detail=False, methods=["post"], pagination_class=None, filterset_class=None)
    def bulk(self, request: Request) -> Response:
        """Make and change up to 1,000 contacts; what is wrong with one leaves the others alone."""
        return ContactBulkRun(request, self.get_serializer_context()).answer()
