"""`verify_audit`: looks whether anything in the audit trail was changed, removed or put in."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import tenancy
from accounts.models import Organization
from accounts.services import audit_chain, organizations
from accounts.services.audit_chain import PLATFORM, Chain, ChainHead


class Command(BaseCommand):
    """Print where each chain stands, and name what is wrong; the exit status is 1 when anything is."""

    help = "Look whether anything in the audit trail was changed, removed or put in; exit status 1 when it was."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take one organization, and what was noted down earlier."""
        parser.add_argument("--organization", help="UUID or name; without it, every chain.")
        parser.add_argument("--expect", metavar="NUMBER:HASH", help="Where the organization's chain stood earlier.")

    def handle(self, *args: Any, organization: str | None, expect: str | None, **options: Any) -> None:
        """Seal what waits, then verify the chains."""
        if expect and not organization:
            raise CommandError("Name the --organization whose chain stood there.")
        chosen = organizations.find(organization).pk if organization else None
        audit_chain.extend_chains()
        wrong = 0
        for owner in [chosen] if chosen else audit_chain.chain_owners():
            with tenancy.tenant(owner):
                wrong += self._look(Chain(owner), _noted(expect))
        if wrong:
            raise SystemExit(1)

    def _look(self, chain: Chain, noted: ChainHead | None) -> int:
        wrong = list(audit_chain.find_tampering(chain))
        if noted and not audit_chain.contains_head(chain, noted):
            wrong.append(f"Number {noted.position} is not what it was: the chain was cut or written anew.")
        stands = audit_chain.chain_head(chain)
        mark = f"{stands.position}:{stands.hash}" if stands else "empty"
        self.stdout.write(f"{'FAIL' if wrong else 'ok  '} {_name(chain)}  {mark}")
        for sentence in wrong:
            self.stdout.write(f"     {sentence}")
        return len(wrong)


def _noted(text: str | None) -> ChainHead | None:
    if not text:
        return None
    number, colon, mark = text.partition(":")
    if not (colon and number.isdecimal()):
        raise CommandError(f"“{text}” is no NUMBER:HASH as this command prints it.")
    return ChainHead(int(number), mark)


def _name(chain: Chain) -> str:
    if chain.owner == PLATFORM:
        return "the platform"
    known = Organization.objects.filter(pk=chain.owner).first()
    return f"{known.name} ({known.uuid})" if known else f"organization {chain.owner}, closed"
