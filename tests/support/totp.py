"""An authenticator app: the codes of a secret (RFC 6238), made without the code under test."""

import base64
import hashlib
import hmac
import struct

STEP_SECONDS = 30


def code(secret, seconds):
    """secret: base32 as it was shown. seconds: Unix time."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">q", int(seconds) // STEP_SECONDS), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def wrong_code(secret, seconds):
    """One that no step near that time has."""
    near = {code(secret, seconds + away * STEP_SECONDS) for away in range(-3, 4)}
    return next(text for text in (f"{n:06}" for n in range(10)) if text not in near)
