"""OpenSSL's libcrypto as judge, through ctypes: one process for all, and SM2 with its signer ID.

The command line cannot tell the ID to a whole chain, nor to CMS; the library can.
"""

from ctypes import (
    CDLL,
    POINTER,
    byref,
    c_char_p,
    c_int,
    c_long,
    c_size_t,
    c_ubyte,
    c_ulong,
    c_void_p,
)
from ctypes.util import find_library
from functools import cache

SIGNER_ID = b"1234567812345678"
PARTIAL_CHAIN = 0x80000
_SIGNATURES = {
    "d2i_X509": (c_void_p, [c_void_p, POINTER(c_char_p), c_long]),
    "X509_free": (None, [c_void_p]),
    "X509_get_pubkey": (c_void_p, [c_void_p]),
    "X509_set0_distinguishing_id": (None, [c_void_p, c_void_p]),
    "ASN1_OCTET_STRING_new": (c_void_p, []),
    "ASN1_OCTET_STRING_set": (c_int, [c_void_p, c_char_p, c_int]),
    "EVP_PKEY_free": (None, [c_void_p]),
    "EVP_get_digestbyname": (c_void_p, [c_char_p]),
    "EVP_Digest": (c_int, [c_char_p, c_size_t, c_void_p, c_void_p, c_void_p, c_void_p]),
    "EVP_MD_CTX_new": (c_void_p, []),
    "EVP_MD_CTX_free": (None, [c_void_p]),
    "EVP_MD_CTX_set_pkey_ctx": (None, [c_void_p, c_void_p]),
    "EVP_PKEY_CTX_new": (c_void_p, [c_void_p, c_void_p]),
    "EVP_PKEY_CTX_free": (None, [c_void_p]),
    "EVP_PKEY_CTX_set1_id": (c_int, [c_void_p, c_char_p, c_int]),
    "EVP_DigestVerifyInit": (c_int, [c_void_p, c_void_p, c_void_p, c_void_p, c_void_p]),
    "EVP_DigestVerify": (c_int, [c_void_p, c_char_p, c_size_t, c_char_p, c_size_t]),
    "X509_STORE_new": (c_void_p, []),
    "X509_STORE_free": (None, [c_void_p]),
    "X509_STORE_add_cert": (c_int, [c_void_p, c_void_p]),
    "X509_STORE_CTX_new": (c_void_p, []),
    "X509_STORE_CTX_free": (None, [c_void_p]),
    "X509_STORE_CTX_init": (c_int, [c_void_p, c_void_p, c_void_p, c_void_p]),
    "X509_STORE_CTX_set_flags": (None, [c_void_p, c_ulong]),
    "X509_STORE_CTX_set_time": (None, [c_void_p, c_ulong, c_long]),
    "X509_verify_cert": (c_int, [c_void_p]),
    "X509_STORE_CTX_get_error": (c_int, [c_void_p]),
    "OPENSSL_sk_new_null": (c_void_p, []),
    "OPENSSL_sk_push": (c_int, [c_void_p, c_void_p]),
    "OPENSSL_sk_free": (None, [c_void_p]),
    "ERR_clear_error": (None, []),
}


@cache
def library() -> CDLL:
    """Load the system's own libcrypto, not the one this Python links."""
    name = find_library("crypto")
    if name is None:
        raise OSError("libcrypto is not installed")
    loaded = CDLL(name)
    for symbol, (result, arguments) in _SIGNATURES.items():
        function = getattr(loaded, symbol)
        function.restype, function.argtypes = result, arguments
    return loaded


@cache
def certificate(der: bytes) -> int | None:
    """Read a certificate that verifies SM2 with the usual ID; kept for the whole run."""
    held = c_char_p(der)
    made = library().d2i_X509(None, byref(held), len(der))
    if made:
        octets = library().ASN1_OCTET_STRING_new()
        library().ASN1_OCTET_STRING_set(octets, SIGNER_ID, len(SIGNER_ID))
        library().X509_set0_distinguishing_id(made, octets)
    return made


def digest(name: str, data: bytes) -> bytes:
    out = (c_ubyte * 64)()
    size = (c_int * 1)()
    kind = library().EVP_get_digestbyname(name.encode())
    library().EVP_Digest(data, len(data), out, size, kind, None)
    return bytes(out[: size[0]])


def value_holds(der: bytes, digest_name: str, message: bytes, value: bytes, *, sm2: bool) -> bool:
    """Verify with the key of a certificate."""
    lib, holder = library(), certificate(der)
    key = holder and lib.X509_get_pubkey(holder)
    if not key:
        return False
    context, inner = lib.EVP_MD_CTX_new(), lib.EVP_PKEY_CTX_new(key, None)
    try:
        lib.ERR_clear_error()
        if sm2:
            lib.EVP_PKEY_CTX_set1_id(inner, SIGNER_ID, len(SIGNER_ID))
            lib.EVP_MD_CTX_set_pkey_ctx(context, inner)
        kind = lib.EVP_get_digestbyname(digest_name.encode())
        if lib.EVP_DigestVerifyInit(context, None, kind, None, key) != 1:
            return False
        return bool(lib.EVP_DigestVerify(context, value, len(value), message, len(message)) == 1)
    finally:
        lib.EVP_MD_CTX_free(context)
        lib.EVP_PKEY_CTX_free(inner)
        lib.EVP_PKEY_free(key)


def chain_holds(
    der: bytes, others: tuple[bytes, ...], anchors: tuple[bytes, ...], time: int
) -> bool:
    """Let OpenSSL build and check a path to one of the anchors."""
    lib, leaf = library(), certificate(der)
    if not leaf:
        return False
    store, stack, context = (
        lib.X509_STORE_new(),
        lib.OPENSSL_sk_new_null(),
        lib.X509_STORE_CTX_new(),
    )
    try:
        for one in filter(None, map(certificate, anchors)):
            lib.X509_STORE_add_cert(store, one)
        for one in filter(None, map(certificate, others)):
            lib.OPENSSL_sk_push(stack, one)
        lib.X509_STORE_CTX_init(context, store, leaf, stack)
        lib.X509_STORE_CTX_set_flags(context, PARTIAL_CHAIN)
        lib.X509_STORE_CTX_set_time(context, 0, time)
        return bool(lib.X509_verify_cert(context) == 1)
    finally:
        lib.X509_STORE_CTX_free(context)
        lib.X509_STORE_free(store)
        lib.OPENSSL_sk_free(stack)
        lib.ERR_clear_error()
