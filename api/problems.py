"""The one map from our errors to the problems of RFC 9457; nothing else knows a status."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import api.errors as hall
import keystore.errors as keys
import licenses.errors as register
import signing.errors as press
import verify.errors as lens

__all__ = ["INTERNAL", "PROBLEMS", "Problem", "problem_body", "problem_for"]

RETRY_SOON_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Problem:
    """How one kind of error is told; without `show_detail` the error's own words stay inside."""

    status: int
    slug: str
    title: str
    title_zh: str
    show_detail: bool = True
    retry_after: int | None = None


_HIDDEN_DETAIL = "The cause is in the log of the service under this request_id."


def _misconfigured(slug: str, title: str, title_zh: str) -> Problem:
    return Problem(500, slug, title, title_zh, show_detail=False)


INTERNAL = Problem(500, "internal", "The service failed", "服务内部错误", show_detail=False)
INVALID_REQUEST = Problem(422, "invalid-request", "The request is not valid", "请求内容不符合要求")
MALFORMED_REQUEST = Problem(
    400, "malformed-request", "The request cannot be read", "请求格式错误，无法读取"
)
NOT_FOUND = Problem(404, "not-found", "There is nothing here", "没有找到")
METHOD_NOT_ALLOWED = Problem(
    405, "method-not-allowed", "This address does not take this method", "该地址不支持此方法"
)

_KEY_AWAY = Problem(
    503,
    "key-unavailable",
    "The seal's key does not answer now",
    "签章密钥暂时无法使用",
    show_detail=False,
    retry_after=RETRY_SOON_SECONDS,
)
_KEY_FAULT = _misconfigured(
    "key-fault", "The seal's key cannot be used", "签章密钥不可用，请联系运维人员"
)

PROBLEMS: Mapping[type[Exception], Problem] = {
    # The front hall
    hall.BadSettings: _misconfigured(
        "misconfigured", "The service is not set up correctly", "服务配置有误"
    ),
    hall.MissingIdempotencyKey: Problem(
        400,
        "idempotency-key-required",
        "An Idempotency-Key header is required",
        "缺少 Idempotency-Key 请求头",
    ),
    hall.MissingToken: Problem(
        401, "token-required", "An access token is required", "需要访问令牌"
    ),
    hall.InvalidToken: Problem(
        401, "invalid-token", "The access token is not valid", "访问令牌无效或已过期"
    ),
    hall.InsufficientScope: Problem(
        403, "insufficient-scope", "The access token does not allow this", "访问令牌权限不足"
    ),
    hall.TokenRefused: Problem(400, "token-refused", "No token was issued", "未签发令牌"),
    hall.BodyTooLarge: Problem(
        413, "body-too-large", "The request's body is too large", "请求内容过大"
    ),
    hall.BodyTooSlow: Problem(
        408, "body-too-slow", "The request did not arrive in time", "请求内容传输超时"
    ),
    hall.BodyCutOff: Problem(
        400, "body-cut-off", "The request's body is not whole", "请求内容未传完"
    ),
    hall.RevocationUnavailable: _misconfigured(
        "revocation-unavailable", "A revocation list cannot be had", "无法取得吊销列表"
    ),
    hall.UnknownPolicy: Problem(
        422, "unknown-policy", "There is no such verification policy here", "没有这一验证策略"
    ),
    hall.MalformedUpload: Problem(
        400,
        "malformed-upload",
        "The upload is not a form with one file",
        "上传内容应为表单，且仅含一个 file 文件",
    ),
    hall.RateLimited: Problem(
        429, "rate-limited", "Too many requests from here", "请求过于频繁，请稍后再试"
    ),
    hall.Overloaded: Problem(
        503,
        "overloaded",
        "The service is busy",
        "服务繁忙，请稍后再试",
        retry_after=RETRY_SOON_SECONDS,
    ),
    hall.ExaminationTimedOut: Problem(
        422,
        "examination-too-long",
        "Examining the file takes too long",
        "文件过于复杂，检查超时",
    ),
    hall.ExaminationDied: Problem(
        422, "examination-failed", "The file could not be examined", "文件无法检查"
    ),
    hall.ExaminationUnavailable: Problem(
        503,
        "examination-unavailable",
        "Files cannot be examined now",
        "暂时无法检查文件",
        show_detail=False,
        retry_after=RETRY_SOON_SECONDS,
    ),
    hall.ReportSigningNotSetUp: Problem(
        501,
        "report-signing-not-set-up",
        "This service signs no reports",
        "本服务没有配置报告签名密钥",
    ),
    hall.AuditKeyNotSetUp: Problem(
        501,
        "audit-key-not-set-up",
        "This deployment has no key for its audit trail",
        "本部署没有配置审计签名密钥",
    ),
    hall.ReportNotPrinted: _misconfigured(
        "report-not-printed", "The report could not be laid out", "查验报告版面生成失败"
    ),
    hall.PageNotFound: NOT_FOUND,
    hall.KeyRequestRefused: Problem(
        403, "key-request-refused", "The key service refuses this", "密钥服务拒绝了该请求"
    ),
    hall.BenchmarkFailed: INTERNAL,
    # The register
    register.BadLicenseType: _misconfigured(
        "bad-license-type", "A licence type is not set up correctly", "证照类型配置有误"
    ),
    register.UnknownLicenseType: Problem(
        422, "unknown-license-type", "There is no such licence type", "没有这种证照类型"
    ),
    register.InvalidDraft: Problem(
        422, "invalid-license-data", "The licence's data are not valid", "证照数据不符合要求"
    ),
    register.UnprintableText: Problem(
        422,
        "unprintable-text",
        "A character cannot be printed",
        "含有字库中没有的字，无法印制",
    ),
    register.InvalidIdentifier: Problem(
        422, "invalid-identifier", "This is not a licence identifier", "不是有效的电子证照标识"
    ),
    register.LicenseNotFound: Problem(
        404, "license-not-found", "There is no such licence", "没有此证照"
    ),
    register.IllegalTransition: Problem(
        409,
        "illegal-transition",
        "The present state does not allow this",
        "当前状态不允许此操作",
    ),
    register.IdempotencyConflict: Problem(
        409,
        "idempotency-conflict",
        "This Idempotency-Key was used for another request",
        "该 Idempotency-Key 已用于另一请求",
    ),
    register.RenderingFailed: _misconfigured(
        "rendering-failed", "The licence could not be laid out", "证照版面生成失败"
    ),
    register.SelfCheckFailed: _misconfigured(
        "self-check-failed",
        "What was sealed did not pass our own check; nothing was issued",
        "签章结果未通过自检，未签发",
    ),
    register.StoredFileDamaged: _misconfigured(
        "stored-file-damaged", "The stored file is damaged", "存储的文件已损坏"
    ),
    register.UnknownClient: Problem(
        401, "unknown-client", "The client is not known", "客户端未登记", show_detail=False
    ),
    register.ClientRefused: Problem(
        401, "client-refused", "The client is refused", "客户端认证失败", show_detail=False
    ),
    register.ClientLocked: Problem(
        429, "client-locked", "The client is locked for a while", "客户端已被暂时锁定"
    ),
    register.ClientExists: Problem(
        409, "client-exists", "A client of this name exists", "客户端名称已存在"
    ),
    register.InvalidClientName: Problem(
        422, "invalid-client-name", "This is not a client's name", "客户端名称不符合要求"
    ),
    register.ActNotAllowed: Problem(
        403, "act-not-allowed", "This person may not do this", "此人无权进行此操作"
    ),
    register.UnknownPerson: Problem(
        403, "unknown-person", "Nobody of this name may act here", "没有这一人员或已停用"
    ),
    register.PersonNotFound: Problem(
        404, "person-not-found", "There is no such person", "没有这一人员"
    ),
    register.PersonExists: Problem(
        409, "person-exists", "The role's first person is there already", "该角色已有首位人员"
    ),
    register.LastOfRole: Problem(
        409, "last-of-role", "The last person of a role stays", "不能停用某角色的最后一人"
    ),
    register.BadProposal: Problem(
        422, "bad-proposal", "The proposal is not complete", "提议内容不完整或格式有误"
    ),
    register.ProposalNotFound: Problem(
        404, "proposal-not-found", "There is no such proposal", "没有这一提议"
    ),
    register.ProposalNotOpen: Problem(
        409, "proposal-not-open", "The proposal is decided or expired", "提议已处理或已过期"
    ),
    register.PayloadChanged: Problem(
        409, "payload-changed", "What would be done is not what was seen", "提议内容与所见不一致"
    ),
    register.SealNotInstalled: Problem(
        409, "seal-not-installed", "The proposed seal cannot be used here", "提议的印章无法使用"
    ),
    register.UnknownSeal: Problem(404, "unknown-seal", "There is no such seal", "没有登记这一印章"),
    register.SealExists: Problem(
        409, "seal-exists", "The seal is registered already", "印章已经登记"
    ),
    register.SealNotActive: Problem(
        403, "seal-not-active", "The seal may not be used now", "印章当前不可使用"
    ),
    register.NotGranted: Problem(
        403, "use-not-granted", "Nobody granted this use of the seal", "未获准使用该印章"
    ),
    register.TypeNotGranted: Problem(
        403, "type-not-granted", "The grant is for other licence types", "授权不含该证照类型"
    ),
    register.GrantNotInForce: Problem(
        403, "grant-not-in-force", "The grant is not in force", "授权不在有效期内"
    ),
    register.GrantUsedUp: Problem(403, "grant-used-up", "The grant is used up", "授权用量已用完"),
    register.AuditChainBroken: _misconfigured(
        "audit-chain-broken", "The audit trail does not hold together", "审计日志校验失败"
    ),
    register.BadCheckpoint: _misconfigured(
        "bad-checkpoint", "A checkpoint of the audit trail is not ours", "审计检查点无效"
    ),
    register.KeyUseRefused: Problem(
        403, "key-use-refused", "The key may not be used for this", "密钥不得用于此次签发"
    ),
    register.BadKeyPolicy: _misconfigured(
        "bad-key-policy", "The rules for a key contradict themselves", "密钥使用规则无效"
    ),
    register.IllegalKeyStep: Problem(
        409,
        "illegal-key-step",
        "The key's state does not allow this step",
        "密钥当前状态不允许此操作",
    ),
    register.RegisterUnavailable: Problem(
        503,
        "register-unavailable",
        "The register does not answer now",
        "证照登记库暂时无法访问",
        show_detail=False,
        retry_after=RETRY_SOON_SECONDS,
    ),
    # The press
    press.UnsuitablePdf: _misconfigured(
        "unsuitable-pdf", "The document cannot take a seal", "文档无法签章"
    ),
    press.PlacementError: _misconfigured(
        "seal-misplaced", "The seal does not fit where it should stand", "印章位置不合适"
    ),
    press.SealNotInForce: Problem(
        503, "seal-not-in-force", "The seal may not be used now", "电子印章不在有效期内或不匹配"
    ),
    press.PlaceholderTooSmall: _misconfigured(
        "placeholder-too-small", "The signature did not fit", "签名值超出预留空间"
    ),
    press.TimestampUnavailable: Problem(
        503,
        "timestamp-unavailable",
        "The time-stamping authority does not answer",
        "时间戳服务暂时无法使用",
        show_detail=False,
        retry_after=RETRY_SOON_SECONDS,
    ),
    # The lens
    lens.NotAPdf: Problem(
        422, "not-a-pdf", "The file is not a PDF that can be read", "不是可以读取的 PDF 文件"
    ),
    lens.EncryptedPdf: Problem(422, "encrypted-pdf", "The PDF is encrypted", "PDF 文件已加密"),
    lens.PdfTooLarge: Problem(
        422, "pdf-over-limit", "The PDF is over a limit", "PDF 文件超出检查限制"
    ),
    lens.NotASignedReport: Problem(
        422, "not-a-signed-report", "The file is not a signed report", "不是签名的查验报告"
    ),
    lens.BadEvidenceBundle: Problem(
        422, "bad-evidence-bundle", "The stored evidence cannot be used", "存储的验证资料不可用"
    ),
    lens.BadTrustAnchor: _misconfigured(
        "bad-trust-anchor", "A trust anchor cannot be used", "信任锚配置有误"
    ),
    # The cellar: what a caller may know is only whether trying again can help
    keys.UnknownScheme: _KEY_FAULT,
    keys.MalformedUri: _KEY_FAULT,
    keys.KeyNotFound: _KEY_FAULT,
    keys.KeyUnavailable: _KEY_AWAY,
    keys.KeyBusy: _KEY_AWAY,
    keys.KeyLost: _KEY_AWAY,
    keys.KeyRefused: _KEY_FAULT,
    keys.WrongPin: _KEY_FAULT,
    keys.AdapterFault: _KEY_FAULT,
    keys.NoSm2Backend: _KEY_FAULT,
    keys.InvalidSignature: _KEY_FAULT,
    keys.MalformedKey: _KEY_FAULT,
    keys.MalformedCertificate: _KEY_FAULT,
    keys.MalformedRequest: _KEY_FAULT,
    keys.MalformedAsn1: _KEY_FAULT,
    keys.CertificateMismatch: _KEY_FAULT,
    keys.InvalidSeal: _KEY_FAULT,
    keys.BadPicture: _KEY_FAULT,
}


def problem_for(error: BaseException) -> Problem:
    """Return the row of the error's class or of its nearest listed ancestor; else `INTERNAL`."""
    return next((PROBLEMS[cls] for cls in type(error).__mro__ if cls in PROBLEMS), INTERNAL)


def problem_body(
    problem: Problem, *, detail: str, instance: str, request_id: str, base_url: str
) -> dict[str, Any]:
    """Return the members of RFC 9457 3.1, with the Chinese title and the request id beside."""
    return {
        "type": f"{base_url}/problems/{problem.slug}",
        "title": problem.title,
        "title_zh": problem.title_zh,
        "status": problem.status,
        "detail": detail if problem.show_detail and detail else _HIDDEN_DETAIL,
        "instance": instance,
        "request_id": request_id,
    }
