"""Where OpenSSL or BouncyCastle say something else of a signature than we do, and why."""

from dataclasses import dataclass

__all__ = ["EXPLAINED", "Disagreement"]

BOTH = ("OpenSSL", "BouncyCastle")


@dataclass(frozen=True)
class Disagreement:
    """`where` are beginnings of labels `family/id`; every row must be needed."""

    judges: tuple[str, ...]
    aspects: tuple[str, ...]
    ours: str
    theirs: str
    where: tuple[str, ...]
    why: str

    def explains(self, judge: str, aspect: str, ours: str, theirs: str, label: str) -> bool:
        return (
            judge in self.judges
            and aspect in self.aspects
            and (ours, theirs) == (self.ours, self.theirs)
            and label.startswith(self.where)
        )


EVERY = ("value", "digest", "chain", "maker")

EXPLAINED = (
    Disagreement(BOTH, EVERY, "refused", "holds", ("der-ber/",), "We read DER and nothing else; both judges read BER, and values behind an encoding that has no single meaning."),
    Disagreement(BOTH, EVERY, "refused", "holds", ("ses-tampering/", "seal-games/"), "The judges know no seals: they get certificates, values and messages by position. We refuse a seal that is not of its standard's form before asking for any of them."),
    Disagreement(BOTH, EVERY, "refused", "holds", ("cms-tampering/",), "A version, type or attribute that RFC 5652 forbids is refused before its value is asked for; the judges do not look at it."),
    Disagreement(BOTH, EVERY, "refused", "holds", ("revisions/", "combinations/second-padding"), "The judges get the value alone. That the file writes it in two cases, or hides bytes behind it, is refused by the reader of the file."),
    Disagreement(BOTH, EVERY, "refused", "holds", ("certificates/", "points/", "values/"), "A certificate, key or value that a strict reader refuses makes us refuse the whole container; the judges answer for each aspect apart, and read compressed and hybrid points."),
    Disagreement(BOTH, ("chain",), "holds", "fails", ("cms-tampering/second-signer-stranger",), "One of two signers' certificates is nowhere. We say so where the signer is asked for, and of the chain of the other; the judges count it against the chain."),
    Disagreement(BOTH, ("value",), "holds", "fails", ("points/cms-sm2-as-",), "The carried certificate cannot be read, and another of the same issuer and number is in the file: we verify with that one and refuse the carried one apart; the judges take the first."),
    Disagreement(("BouncyCastle",), ("value",), "holds", "fails", ("good/cms-unsorted",), "BouncyCastle sorts the signed attributes before it digests them. The signer digested them as he wrote them, which many products do; we accept that with a warning."),
    Disagreement(BOTH, ("value", "maker"), "holds", "fails", ("algorithms/seal-v1-rsa", "algorithms/seal-v4-rsa", "algorithms/seal-v5-rsa"), "Of a seal the judges are asked about SM2 alone. These values do hold under RSA keys; we say so, and refuse the algorithm by policy."),
    Disagreement(BOTH, ("value", "digest"), "holds", "fails", ("good/rsa-pss-",), "The judges are asked about PKCS #1 v1.5 where the key is RSA; RSASSA-PSS is held against `cryptography` (OpenSSL) in `tests/unit/keystore/test_rsa_pss.py`."),
    Disagreement(("OpenSSL",), ("value",), "fails", "holds", ("algorithms/rsa-called-ecdsa", "algorithms/ecdsa-called-rsa"), "OpenSSL takes the algorithm from the key, whatever the signature says its name is."),
    Disagreement(BOTH, EVERY, "holds", "unreadable", ("cms-tampering/attribute-certificate",), "A certificate of another form, made up here, is more than their readers bear; we read on, and refuse it by policy."),
    Disagreement(BOTH, ("chain",), "fails", "holds", ("scopes/",), "The judges know the root, and not what `trust.toml` lets it answer for, or from when until when."),
    Disagreement(BOTH, ("chain",), "holds", "unreadable", ("cms-tampering/signer-digest-flipped",), "The digest's name is unknown, and the judges are asked nothing further."),
)  # fmt: skip
