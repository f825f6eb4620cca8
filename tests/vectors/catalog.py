"""All families, in the order of the score table."""

from tests.vectors.families import (
    agreements,
    byte_ranges,
    cms,
    contents,
    good,
    identities,
    isa,
    mathematics,
    promises,
    scopes,
    ses,
    shadow,
    structure,
    usf,
)

__all__ = ["FAMILIES"]

FAMILIES = (
    good.FAMILY,
    usf.FAMILY,
    byte_ranges.FAMILY,
    isa.FAMILY,
    *shadow.FAMILIES,
    *ses.FAMILIES,
    *cms.FAMILIES,
    *structure.FAMILIES,
    *identities.FAMILIES,
    *mathematics.FAMILIES,
    *promises.FAMILIES,
    *scopes.FAMILIES,
    *agreements.FAMILIES,
    *contents.FAMILIES,
)
