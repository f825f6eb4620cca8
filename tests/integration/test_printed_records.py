"""Every licence we print says on its page what its record says, and is read quickly."""

import pytest

from licenses.license_types import LicenseType
from licenses.rendering import Renderer
from tests.fakes.license_pages import CATALOG, sample_page
from verify import DEFAULT_LIMITS, read_upload
from verify.license_record import LicenseRecord
from verify.printed_text import UNREAD, printed_texts

TYPES = list(CATALOG)
RENDERER = Renderer(TYPES)


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.slug)
def test_a_printed_licence_agrees_with_its_record(kind: LicenseType) -> None:
    page = sample_page(kind)
    readable = read_upload(RENDERER.render(page).pdf, limits=DEFAULT_LIMITS)
    texts = [text for one in readable.pages for text in printed_texts(one)]
    assert page.holder.name in "".join(texts)
    assert UNREAD not in "".join(texts)
    assert LicenseRecord(readable).fault is None
