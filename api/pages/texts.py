"""Every fixed text of the pages, in both languages, by key."""

from collections.abc import Mapping

from api.pages.language import Language

__all__ = ["TEXTS", "Pair", "texts_for"]

Pair = tuple[str, str]

TEXTS: Mapping[str, Pair] = {
    "service": ("电子证照查验", "Electronic licence verification"),
    "colon": ("：", ": "),
    "stop": ("。", ". "),
    "skip": ("跳到正文", "Skip to the content"),
    "switch": ("English", "中文"),
    "switch_hint": (" (choose the file again)", "（需重新选择文件）"),
    "home_title": ("查验电子证照与批复文件", "Check an electronic licence or approval"),
    "home_title_head": ("查验电子证照", "Check an electronic"),
    "home_title_tail": ("与批复文件", "licence or approval"),
    "home_lead": ("选择一份 PDF 文件，几秒钟内告诉您：", "Choose a PDF and learn within seconds:"),
    "home_lead_tail": (
        "印章是否真实，盖章后有没有被改动，今天是否仍然有效。",
        "is its seal genuine, was it changed since, and is it still in force today?",
    ),
    "drop_title": ("将 PDF 文件拖到这里", "Drop a PDF here"),
    "drop_or": ("或者从设备中选择", "or choose one from your device"),
    "file_label": ("要查验的 PDF 文件", "The PDF to check"),
    "file_limit": ("PDF 文件，不超过 {megabytes} MB", "PDF, up to {megabytes} MB"),
    "choose": ("选择文件", "Choose a file"),
    "submit": ("开始查验", "Check it"),
    "sending": ("正在上传文件……", "Sending the file…"),
    "busy": ("正在查验，请稍候……", "Checking, one moment…"),
    "not_pdf_hint": (
        "这不是 PDF 文件，没有上传。请选择一个 PDF 文件。",
        "This is not a PDF and was not sent. Please choose a PDF file.",
    ),
    "too_large_hint": (
        "文件太大，没有上传。最多 {megabytes} MB；电子证照通常不到 1 MB。",
        "The file is too large and was not sent. "
        "The limit is {megabytes} MB; a licence usually has less than 1 MB.",
    ),
    "offline_hint": (
        "网络不通，文件没有传出去。请检查网络，再选一次。",
        "There is no connection; the file did not get through. Check it and choose again.",
    ),
    "promise_title": ("放心查验", "What you can count on"),
    "promise_store": ("不留存", "Nothing is kept"),
    "promise_store_text": (
        "文件只在内存中检查，查完即弃；不写入磁盘，不使用 Cookie。",
        "The file is looked at in memory and forgotten. Nothing is written down; no cookies.",
    ),
    "promise_check": ("逐项核验", "Every step is checked"),
    "promise_check_text": (
        "按国家密码标准核验 SM2/SM3 签章、印章、证书与签章后的每一处改动。",
        "SM2/SM3 seal, seal maker, certificates and every later change, by the national standards.",
    ),
    "promise_say": ("如实相告", "A plain answer"),
    "promise_say_text": (
        "真实、不可信、无法判断，三种结论分得清楚；不知道的绝不说成假的。",
        "Genuine, not to be trusted, or cannot be decided: what is unknown is never called false.",
    ),
    "samples_title": ("先试一试", "Try it first"),
    "samples_lead": (
        "下面是演示样本：把卡片拖到上面的框里，或者点“试一试”。",
        "Demonstration files: drag a card into the box above, or choose “Try it”.",
    ),
    "sample_check": ("试一试", "Try it"),
    "sample_download": ("下载", "Download"),
    "demo_label": ("演示说明", "About this demonstration"),
    "demo_notice": (
        "演示环境：机构、印章与证照均为虚构，不具有任何效力。",
        "Demonstration: the authority, its seal and all licences are invented and have no effect.",
    ),
    "scan_title": ("扫描证照上的二维码", "Scanning the QR code on a licence"),
    "scan_text": (
        "用手机扫描证照上的二维码，可看到登记簿中这份证照的现状；"
        "要确认内容没有被改动，仍需查验 PDF 文件。",
        "The QR code shows how the licence stands in the register. "
        "To be sure that nothing in it was changed, check the PDF as well.",
    ),
    "states_title": ("您会看到的结论", "The answers you may get"),
    "result_title": ("查验结果", "Result"),
    "result_of": ("被查验的文件", "File checked"),
    "another": ("再查一份", "Check another file"),
    "print": ("打印结果", "Print this result"),
    "save_json": ("保存检查报告（JSON）", "Save the report (JSON)"),
    "advice": ("接下来怎么办", "What now"),
    "why": ("为什么", "Why"),
    "ask_genuine": ("印章可信吗？", "Is the seal genuine?"),
    "ask_unchanged": ("盖章后改过吗？", "Was it changed since?"),
    "ask_in_force": ("今天还有效吗？", "Does it hold today?"),
    "seal_section": ("谁盖的章", "Who sealed it"),
    "seal_number": ("第 {number} 个签章", "Seal {number}"),
    "sealed_by": ("签章者", "Sealed by"),
    "unknown": ("无法得知", "not known"),
    "seal_name": ("印章名称", "Name of the seal"),
    "seal_id": ("印章编码", "Seal number"),
    "seal_maker": ("制章者", "Seal maker"),
    "seal_validity": ("印章有效期", "Seal valid"),
    "sealed_at": ("签章时间", "Sealed on"),
    "time_claimed": (
        "签章者自己写的，没有时间戳证明",
        "As the signer says; no timestamp proves it",
    ),
    "time_proven": ("有时间戳证明", "proven by a timestamp"),
    "certificate_issuer": ("证书颁发者", "Certificate issued by"),
    "certificate_validity": ("证书有效期", "Certificate valid"),
    "covers": ("保护范围", "What it protects"),
    "seal_picture_alt": ("印章图样：{name}", "The seal's picture: {name}"),
    "seal_untrusted": (
        "以下内容取自文件本身，未经证实。",
        "What follows is what the file itself claims; none of it is proven.",
    ),
    "until": ("至", "to"),
    "license_section": ("证照内容", "What the licence says"),
    "license_same": (
        "文件内嵌的数据与登记簿一致。",
        "The data in the file are the same as in the register.",
    ),
    "license_differs": (
        "标有“不一致”的内容与登记簿不同。",
        "The lines marked “differs” are not what the register says.",
    ),
    "license_unregistered": (
        "本登记簿没有这份证照，以下为文件内嵌的数据，未与登记簿比对。",
        "This register does not know the licence; these are the data in the file, not compared.",
    ),
    "license_unproven": (
        "以下为文件内嵌的数据，签章未通过查验，不可作为依据。",
        "These are the data in the file; its seal did not pass, so they prove nothing.",
    ),
    "license_undecided": (
        "以下为文件内嵌的数据，未经证实，不能单凭它们办事。",
        "These are the data in the file; nothing proves them, so do not rely on them alone.",
    ),
    "differs": ("不一致", "differs"),
    "checks_section": ("逐项检查", "Each check"),
    "check_technical": ("技术说明", "Technical detail"),
    "warnings": ("已容忍的格式偏差", "Deviations tolerated"),
    "page_section": ("签章时的页面", "The page as it was sealed"),
    "page_section_unsealed": ("文件的页面", "The page in the file"),
    "page_alt": (
        "文件第 {number} 页的图像，内容见上文各项",
        "Picture of page {number} of the file; what it says is in the lists on this page",
    ),
    "page_caption": ("第 {number} 页，共 {count} 页", "Page {number} of {count}"),
    "mark_switch": ("标出印章的位置", "Mark the seals"),
    "mark_alt": ("第 {number} 个签章在页面{place}", "Seal {number}: {place} of the page"),
    "mark_alt_one": ("签章在页面{place}", "The seal: {place} of the page"),
    "changes_section": ("签章之后的改动", "What was changed after sealing"),
    "changes_lead": (
        "与签章当时的文件相比，现在的文件有以下不同：",
        "Compared with the file as it was sealed:",
    ),
    "changes_unseen": (
        "这些改动在已比较的页面图像上看不出来。",
        "None of this can be seen on the pages that were compared.",
    ),
    "change_on_page": ("第 {number} 页：{change}", "Page {number}: {change}"),
    "changed_page": ("第 {number} 页", "Page {number}"),
    "changed_places": (
        "有 {count} 处看起来不同，已在“现在”的图像上用框标出。",
        "Places that look different: {count}, framed in the picture of the page as it is now.",
    ),
    "change_before": ("签章时", "As sealed"),
    "change_before_alt": (
        "签章时第 {number} 页的图像",
        "Picture of page {number} as it was sealed",
    ),
    "change_after": ("现在（不可信）", "As it is now (not to be trusted)"),
    "change_after_alt": (
        "现在第 {number} 页的图像，不同之处用框标出",
        "Picture of page {number} as it is now, the differences framed",
    ),
    "page_none": (
        "页面图像未能生成，不影响以上结论。",
        "No picture could be made; the answer above does not depend on it.",
    ),
    "against_section": ("依据什么检查", "What it was checked against"),
    "policy": ("检查规则", "Rules"),
    "anchors": ("信任的根证书", "Root certificates trusted"),
    "fingerprint": ("SM3 指纹", "SM3 fingerprint"),
    "register": ("登记簿", "Register"),
    "register_known": ("已查询，登记簿中有这份证照", "asked; it knows this licence"),
    "register_unknown": ("已查询，登记簿中没有这份文件", "asked; it does not know this file"),
    "checked_at": ("检查时间", "Checked on"),
    "file_sm3": ("文件 SM3 杂凑值", "SM3 digest of the file"),
    "pages": ("页数", "Pages"),
    "not_kept": (
        "本页内容只在这次查验中生成，服务器没有留存您的文件，也没有留存这份结果。",
        "This page was made for this check alone. Neither your file nor this result was kept.",
    ),
    "again": (
        "需要复核时，请用原文件在这里重新查验：",
        "To check this result, have the file itself checked again at: ",
    ),
    "license_title": ("证照登记信息", "Licence in the register"),
    "license_lead": (
        "以下为登记簿中可以公开的内容。",
        "This is what the register may show to anybody.",
    ),
    "register_says": ("登记簿记载：", "The register says: "),
    "from_on": ("自{first}起，长期有效", "from {first}, without end"),
    "license_type": ("证照类型", "Type of licence"),
    "license_number": ("证照编号", "Number"),
    "license_identifier": ("证照标识", "Identifier"),
    "license_authority": ("颁发机构", "Issuing authority"),
    "license_holder": ("持证主体（部分隐去）", "Holder (partly hidden)"),
    "license_issued": ("颁发日期", "Issued on"),
    "license_validity": ("有效期", "Valid"),
    "license_invite": (
        "二维码只能说明登记簿中有这份证照。要确认您手中的文件没有被改动，请查验 PDF 原件。",
        "A QR code only shows that the register knows this licence. "
        "To be sure that the file in your hands was not changed, check the PDF.",
    ),
    "license_check": ("查验 PDF 文件", "Check the PDF"),
    "anchors_link": ("信任锚证书", "Trust anchors"),
    "api_link": ("接口文档", "API"),
    "problems_link": ("错误说明", "Problems"),
    "home_link": ("返回查验页", "To the verification page"),
    "operated_by": ("主办单位", "Operated by"),
    "code_label": ("统一社会信用代码", "Unified social credit code"),
    "problem_label": ("没有办成", "No result"),
    "problem_request": ("请求编号", "Request number"),
    "api_title": ("接口文档", "API documentation"),
    "api_lead": (
        "以下内容取自 OpenAPI 描述；示例可直接运行。",
        "Taken from the OpenAPI description; the examples run as they stand.",
    ),
    "problems_title": ("错误说明", "Problems, explained"),
    "problems_lead": (
        "接口按 RFC 9457 返回错误，每种错误的 type 指向这里的一行。",
        "The API reports errors as RFC 9457 problems; each `type` points to a line here.",
    ),
}


def texts_for(language: Language) -> dict[str, str]:
    """Return every fixed text in one language."""
    index = 0 if language is Language.ZH else 1
    return {key: pair[index] for key, pair in TEXTS.items()}
