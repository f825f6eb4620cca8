"""Whatever is done to a sealed file, it no longer passes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.pdf_documents import document
from tests.fakes.signature_values import GM, Cms, Token
from tests.fakes.signed_documents import Field, report_on, sealed, sign
from tests.fakes.sm2_people import world
from verify import Indication, VerifyError

PEOPLE = world()


def _by(cms: Cms) -> bytes:
    how = Field(
        value=lambda signed: cms.over(signed, PEOPLE.signer),
        dss=PEOPLE.certificates,
        crls=PEOPLE.crls(),
        image=None,
        room=1200,
    )
    return sign(document(), how).data


FILES = {
    "seal": sealed().data,
    "stamped seal": sealed(stamp=Token(PEOPLE.tsa)).data,
    "GB/T 35275": _by(GM),
    "RFC 5652": _by(Cms()),
}


def passes(data: bytes) -> bool:
    try:
        return report_on(data).indication is Indication.TOTAL_PASSED
    except VerifyError:
        return False


@pytest.mark.parametrize("name", FILES)
def test_untouched_it_passes(name: str) -> None:
    assert passes(FILES[name])


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_changed_byte_never_passes(name: str, data: st.DataObject) -> None:
    content = bytearray(FILES[name])
    position = data.draw(st.integers(0, len(content) - 1))
    content[position] ^= data.draw(st.integers(1, 255))
    assert not passes(bytes(content))


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_bytes_put_in_or_taken_out_never_pass(name: str, data: st.DataObject) -> None:
    content = FILES[name]
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(len(content), start + 40)))
    new = data.draw(st.binary(max_size=40))
    changed = content[:start] + new + content[end:]
    assert changed == content or not passes(changed)


@pytest.mark.parametrize("name", FILES)
def test_a_changed_bit_of_the_container_never_passes(name: str) -> None:
    content = bytearray(FILES[name])
    start = content.index(b"/Contents <30") + len(b"/Contents <")
    end = content.index(b">", start)
    used = len(content[start:end].rstrip(b"0"))
    for position in range(start, start + used, 7):
        content[position] ^= 1
        assert not passes(bytes(content)), position
        content[position] ^= 1
