"""What was changed after a signature, as a page shows it: a list, then pages before and after."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from api.examination.page_changes import ChangedPage
from api.examination.page_pictures import PagePicture
from api.pages.pictures import data_uri
from api.pages.saying import Speaker
from verify import ChangeKind, LaterChange, LaterChanges

__all__ = ["CHANGE_WORDS", "ChangedPageView", "ChangedPicture", "ChangesView", "changes_view"]

CHANGE_WORDS: Mapping[ChangeKind, tuple[str, str]] = {
    ChangeKind.PAGE_CONTENT: ("页面内容被改动", "the content of the page was changed"),
    ChangeKind.PAGE_SHAPE: ("页面大小、方向或显示范围被改动", "the size or direction was changed"),
    ChangeKind.PAGE_ADDED: ("增加了这一页", "this page was added"),
    ChangeKind.PAGE_REMOVED: ("这一页被删除", "this page was removed"),
    ChangeKind.PAGES_REORDERED: ("页面顺序被改动", "the order of the pages was changed"),
    ChangeKind.FONT: ("字体被替换或改动", "a font was replaced or changed"),
    ChangeKind.ANNOTATION: ("批注被增加、改动或删除", "a note was added, changed or removed"),
    ChangeKind.FORM_VALUE: ("表单的值被改动", "a form value was changed"),
    ChangeKind.FORM_APPEARANCE: ("表单域的外观被改动", "the look of a form field was changed"),
    ChangeKind.FORM: ("表单被改动", "the form was changed"),
    ChangeKind.XFA: ("动态表单（XFA）被改动", "a dynamic form (XFA) was changed"),
    ChangeKind.SIGNATURE_ADDED: ("增加了签名", "a signature was added"),
    ChangeKind.SIGNATURE_REMOVED: ("签名被删除或替换", "a signature was removed or replaced"),
    ChangeKind.ATTACHMENT: ("附件被增加、改动或删除", "an attachment was added or changed"),
    ChangeKind.JAVASCRIPT: ("脚本被增加或改动", "a script was added or changed"),
    ChangeKind.ACTION: ("动作或链接被增加或改动", "an action or a link was added or changed"),
    ChangeKind.LAYERS: ("图层被增加或改动", "layers were added or changed"),
    ChangeKind.METADATA: ("元数据被改动", "the metadata was changed"),
    ChangeKind.PROPERTIES: ("文档属性被改动", "the document's properties were changed"),
    ChangeKind.HIDDEN_OBJECTS: (
        "增加了不是所有软件都会同样读取的内容",
        "something was added that not every program reads alike",
    ),
    ChangeKind.OTHER: ("文件内部的其他内容被改动", "something else inside the file was changed"),
}


@dataclass(frozen=True, slots=True)
class ChangedPicture:
    """A page as signed, or as it is now with the differences marked; `moment` before or after."""

    moment: str
    caption: str
    alt: str
    width: int
    height: int
    source: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ChangedPageView:
    """One page that looks different."""

    title: str
    sentence: str
    pictures: tuple[ChangedPicture, ...]


@dataclass(frozen=True, slots=True)
class ChangesView:
    """All changes: those that a list tells, and the pages on which one sees them."""

    lines: tuple[str, ...]
    pages: tuple[ChangedPageView, ...]


def changes_view(
    changes: LaterChanges | None, pages: tuple[ChangedPage, ...], say: Speaker
) -> ChangesView | None:
    """Return nothing for a file that was not changed."""
    if changes is None:
        return None
    lines = tuple(dict.fromkeys(_line(one, say) for one in changes.changes))
    return ChangesView(lines, tuple(_page(one, say) for one in pages))


def _line(change: LaterChange, say: Speaker) -> str:
    words = say.pick(CHANGE_WORDS[change.kind])
    if change.page is None:
        return words
    return say.text("change_on_page").format(number=change.page + 1, change=words)


def _page(page: ChangedPage, say: Speaker) -> ChangedPageView:
    number = page.before if page.after is None else page.after
    moments = [
        key for key, at in (("before", page.before), ("after", page.after)) if at is not None
    ]
    shown = zip(moments, page.pictures, strict=False)
    return ChangedPageView(
        title=say.text("changed_page").format(number=(number or 0) + 1),
        sentence=say.text("changed_places").format(count=len(page.regions)),
        pictures=tuple(_picture(key, one, say) for key, one in shown),
    )


def _picture(key: str, picture: PagePicture, say: Speaker) -> ChangedPicture:
    return ChangedPicture(
        moment=key,
        caption=say.text(f"change_{key}"),
        alt=say.text(f"change_{key}_alt").format(number=picture.page + 1),
        width=picture.width,
        height=picture.height,
        source=data_uri(picture.png),
    )
