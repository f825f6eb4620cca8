"""Reads what a page prints the way a reader does that selects all of it: slow, and in any form."""

from threading import Lock

import pypdfium2 as pdfium

__all__ = ["ONE_AT_A_TIME", "extracted_text"]

ONE_AT_A_TIME = Lock()
"""Held by whoever uses pdfium, which is not for several threads."""
_PAGES_MAX = 8  # some 50 ms each
_CHARACTERS_MAX = 100_000  # of one page


def extracted_text(data: bytes) -> str:
    """Return the text of the first pages, as far as pdfium can read them."""
    with ONE_AT_A_TIME:
        try:
            document = pdfium.PdfDocument(data)
        except pdfium.PdfiumError:
            return ""
        with document:
            pages = range(min(len(document), _PAGES_MAX))
            return "\n".join(_of_page(document, number) for number in pages)


def _of_page(document: pdfium.PdfDocument, number: int) -> str:
    try:
        text = document[number].get_textpage()
    except pdfium.PdfiumError:
        return ""
    return str(text.get_text_range(0, min(text.count_chars(), _CHARACTERS_MAX)))
