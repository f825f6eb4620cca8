"""What was tolerated in a signature, and what a reader should know although it passed."""

from collections.abc import Iterator

from verify.anchor_rules import Purpose
from verify.cms_value import content_deviations, digest_name
from verify.covering import lies_under_another_seal
from verify.makers import Naming, is_in_name_of, naming_of
from verify.page_tree import is_visible
from verify.subject import Subject

__all__ = ["deviations_of", "warnings_of"]

HYBRID_XREF = "PDF_HYBRID_XREF"
SEAL_INVISIBLE = "SES_SEAL_INVISIBLE"
SEAL_UNDER_ANOTHER = "SES_SEAL_UNDER_ANOTHER"
SEAL_SIZE_UNLIKELY = "SES_SEAL_SIZE_UNLIKELY"
SEAL_MAKER_UNNAMED = "SES_SEAL_MAKER_UNNAMED"
SEAL_NAME_OTHER = "SES_SEAL_NAME_OTHER"
_SEAL_MAX_MM = 60  # the largest official seal (State Council notice 1999 no. 25)


def deviations_of(subject: Subject) -> tuple[str, ...]:
    """Return the codes of everything that is not as its standard says."""
    found: list[str] = []
    if subject.container is not None and subject.container.seal is not None:
        seal = subject.container.seal
        found += [*seal.deviations, *seal.seal.deviations]
    if subject.cms is not None:
        found += [*subject.cms.deviations, *subject.layout_deviations, *_content(subject)]
    return tuple(dict.fromkeys(map(str, found)))


def _content(subject: Subject) -> tuple[str, ...]:
    cms = subject.cms
    name = None if cms is None else digest_name(cms.signers[0])
    if cms is None or cms.content is None or name is None or subject.container is None:
        return ()
    if subject.container.is_timestamp:
        return ()
    return content_deviations(cms.content, subject.digest(name)) or ()


def warnings_of(subject: Subject) -> tuple[str, ...]:
    """Return the deviations and what else is worth a reader's attention."""
    found = list(deviations_of(subject))
    revision = subject.signed.revision
    if revision is not None and any(section.is_hybrid for section in revision.sections):
        found.append(HYBRID_XREF)
    seal = None if subject.container is None else subject.container.seal
    shown = [one for one in subject.found.widgets if is_visible(one)]
    if seal is not None and not shown:
        found.append(SEAL_INVISIBLE)
    if seal is not None and any(lies_under_another_seal(subject, one) for one in shown):
        found.append(SEAL_UNDER_ANOTHER)
    if seal is not None:
        picture = seal.seal.picture
        if max(picture.width_mm, picture.height_mm) > _SEAL_MAX_MM:
            found.append(SEAL_SIZE_UNLIKELY)
    return (*found, *_of_maker(subject))


def _of_maker(subject: Subject) -> Iterator[str]:
    """Yield what nobody answers for, where a trusted maker is named by nobody."""
    seal = None if subject.container is None else subject.container.seal
    path = None if seal is None else subject.path_of(seal.seal.maker, Purpose.MAKERS).path
    if seal is None or path is None:
        return
    if naming_of(path, subject.demands.anchors) is not Naming.NOBODY_NAMED:
        return
    yield SEAL_MAKER_UNNAMED
    if not is_in_name_of(seal.seal, seal.certificate):
        yield SEAL_NAME_OTHER
