"""Public RSA keys as people paste them: one PEM block, or several while an issuer changes its key. No Django."""

import re

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from config.kernel.text import N_

BLOCK = re.compile(r"-----BEGIN ((?:RSA )?PUBLIC KEY)-----[A-Za-z0-9+/=\s]+-----END \1-----", re.ASCII)
SHORTEST, LONGEST = 2048, 8192  # bits; longer ones take too long to check
MOST = 4


def read(text: str) -> list[RSAPublicKey]:
    """Return the keys of a text; raise ValueError with a sentence for the person who pasted it."""
    if "PRIVATE" in text:
        raise ValueError(N_("This is a private key: nobody but its issuer may have it. Paste the public one."))
    blocks = [found[0] for found in BLOCK.finditer(text)]
    if not 1 <= len(blocks) <= MOST or BLOCK.sub("", text).strip():
        raise ValueError(
            N_("Paste one to %(most)s public keys in PEM form, from BEGIN PUBLIC KEY to END PUBLIC KEY.", most=MOST)
        )
    return [_key(block) for block in blocks]


def _key(block: str) -> RSAPublicKey:
    try:
        key = load_pem_public_key(block.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError(N_("This public key cannot be read.")) from error
    if not isinstance(key, RSAPublicKey):
        raise ValueError(N_("Only RSA keys are taken, for RS256."))
    if not SHORTEST <= key.key_size <= LONGEST:
        raise ValueError(
            N_(
                "The key has %(key_size)s bits; it needs %(shortest)s to %(longest)s.",
                key_size=key.key_size,
                shortest=SHORTEST,
                longest=LONGEST,
            )
        )
    return key
