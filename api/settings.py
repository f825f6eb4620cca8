"""The settings, and the only place where the environment is read (prefix QIANYIN_)."""

import json
import os
from dataclasses import asdict, fields, replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from verify import DEFAULT_LIMITS, Limits

__all__ = ["Environment", "Profile", "Settings", "secret_in_environment"]

MEBIBYTE = 1024 * 1024


class Environment(StrEnum):
    """`production` refuses keys in files and the demo's samples."""

    DEMO = "demo"
    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Profile(StrEnum):
    """What goes into /Contents of a sealed licence."""

    SES = "ses"
    GBT35275 = "gbt35275"
    CMS = "cms"


PREFIX = "QIANYIN_"
NESTED = "__"
"""Between `limits` and one of their names."""
NOT_SETTINGS = ("QIANYIN_TEST_", "QIANYIN_MASTER_KEY")
"""What the tests are told; and master keys, which `env:` sources name and settings never hold."""


def _with_defaults(given: object) -> object:
    """Let a deployment name only the limits it changes."""
    if not isinstance(given, dict):
        return given
    if "file_bytes" in given and given["file_bytes"] != DEFAULT_LIMITS.file_bytes:
        raise ValueError("the largest file is what upload_bytes says")
    return asdict(DEFAULT_LIMITS) | given


def secret_in_environment(name: str) -> bytearray | None:
    """Return a variable's bytes in a buffer to overwrite; what the system holds stays."""
    value = os.environb.get(os.fsencode(name))
    return None if value is None else bytearray(value)


class Settings(BaseSettings):
    """One deployment; frozen, and an unknown name is an error."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter=NESTED, frozen=True, extra="forbid"
    )

    @model_validator(mode="before")
    @classmethod
    def _know_every_name(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Refuse a misspelt name, which would otherwise be as if it were not there."""
        limits = [f"limits{NESTED}{one.name}" for one in fields(Limits)]
        known = {f"{PREFIX}{name.upper()}" for name in (*cls.model_fields, *limits)}
        found = {name for name in map(str.upper, os.environ) if name.startswith(PREFIX)}
        unknown = sorted(name for name in found - known if not name.startswith(NOT_SETTINGS))
        if unknown:
            raise ValueError(f"unknown settings in the environment: {', '.join(unknown)}")
        return values

    environment: Environment = Environment.DEMO
    data_dir: Path = Path("var")
    """Keys, certificates, seals, trust anchors, files and (with SQLite) the database."""
    database_url: str | None = None
    """SQLAlchemy URL; None: SQLite in `data_dir`."""
    public_base_url: str = "http://127.0.0.1:8000"
    """What the QR codes begin with."""
    authority_name: str = "示例市农业农村局"
    authority_code: str = "11990000000000001G"
    authority_province: str = "例"
    seal: str = "authority"
    """Alias in keys.toml of the seal licences are issued under."""
    report_key: str = "report-signer"
    """Alias in keys.toml of the key that signs reports; without such an entry none are signed."""
    audit_key: str = "audit-signer"
    """Alias in keys.toml of the key that signs checkpoints of the audit trail."""
    audit_checkpoint_seconds: Annotated[int, Field(ge=0)] = 3600
    """Between two checkpoints by the service; 0: only `qianyin audit checkpoint` signs."""
    profile: Profile = Profile.SES
    signature_filter: str = "Qianyin.GMPkiLite"
    seal_sub_filter: str = "GM.sm2seal"
    allowed_soft_keys: frozenset[str] = frozenset()
    """Aliases of software keys allowed in production."""
    allowed_clear_secrets: frozenset[str] = frozenset()
    """Files in `secrets_dir` whose secrets may lie in clear in production."""
    self_check_one_in: Annotated[int, Field(ge=1)] = 100

    policies: frozenset[str] = frozenset({"qianyin-default", "qianyin-strict"})
    """Verification policies offered, by name."""
    policy: str = "qianyin-default"
    """The one that counts where none is named."""

    revocation_hosts: frozenset[str] = frozenset()
    """Hosts (`host` or `host:port`) that lists may be fetched from, and responders asked at."""
    revocation_refresh_seconds: Annotated[int, Field(ge=0)] = 0
    """Between two rounds of fetching by the service; 0: only `qianyin trust refresh` fetches."""
    revocation_bytes: Annotated[int, Field(ge=1024)] = 10 * MEBIBYTE
    """The largest list that is fetched; an OCSP answer has 256 KiB at most."""
    revocation_seconds: Annotated[float, Field(gt=0)] = 20.0
    """How long one list or answer may take."""

    http_workers: Annotated[int, Field(ge=1, le=64)] = 1
    """Serving processes; every limit and rate below counts per process."""
    metrics_host: str = "127.0.0.1"
    metrics_port: Annotated[int, Field(ge=0, le=65535)] = 9464
    """Prometheus, never on the public port; 0: off. Further processes take the ports after it."""
    log_level: Annotated[str, Field(pattern="^(debug|info|warning|error)$")] = "info"
    token_seconds: Annotated[int, Field(ge=60, le=3600)] = 600

    upload_bytes: Annotated[int, Field(ge=1024)] = 20 * MEBIBYTE
    """The largest file that is examined."""
    limits: Annotated[Limits, BeforeValidator(_with_defaults)] = DEFAULT_LIMITS
    """How much of an upload is looked at; one of them is QIANYIN_LIMITS__PAGES."""
    body_bytes: Annotated[int, Field(ge=1024)] = MEBIBYTE
    """The largest body of any other request."""
    body_budget_bytes: Annotated[int, Field(ge=MEBIBYTE)] = 256 * MEBIBYTE
    """All bodies under way together."""
    body_seconds: Annotated[float, Field(gt=0)] = 30.0
    """How long a body may take to arrive."""

    examiners: Annotated[int, Field(ge=1, le=256)] = 2
    """Processes that examine uploads."""
    examiner_jobs: Annotated[int, Field(ge=1)] = 250
    """Files one of them examines before it is replaced; 1 gives every file a fresh process."""
    examiner_memory_bytes: Annotated[int, Field(ge=64 * MEBIBYTE)] = 512 * MEBIBYTE
    examiner_cpu_seconds: Annotated[int, Field(ge=1)] = 15
    examiner_open_files: Annotated[int, Field(ge=8)] = 32
    examination_seconds: Annotated[float, Field(gt=0)] = 20.0
    """Wall time one file may take."""
    comparison_pages: Annotated[int, Field(ge=0, le=100)] = 6
    """Pages of a changed file that are drawn as signed and as they are now."""
    comparison_seconds: Annotated[float, Field(gt=0)] = 5.0
    """After so long no further page is drawn for that."""
    examinations_waiting: Annotated[int, Field(ge=0)] = 4
    """Uploads that may wait for an examiner: few, so that a wait is never long."""
    examination_queue_seconds: Annotated[float, Field(gt=0)] = 5.0

    verify_burst: Annotated[int, Field(ge=1)] = 20
    verify_per_minute: Annotated[float, Field(gt=0)] = 30.0
    """Files a stranger's address may have examined."""
    client_verify_burst: Annotated[int, Field(ge=1)] = 200
    client_verify_per_minute: Annotated[float, Field(gt=0)] = 1200.0
    """Files a caller with a token may have examined."""
    token_burst: Annotated[int, Field(ge=1)] = 10
    token_per_minute: Annotated[float, Field(gt=0)] = 20.0
    """Tokens an address may ask for."""

    @property
    def upload_limits(self) -> Limits:
        """How much of an upload is looked at, its size included."""
        return replace(self.limits, file_bytes=self.upload_bytes)

    @property
    def keyring_file(self) -> Path:
        """Keys and seals by alias."""
        return self.data_dir / "keys.toml"

    @property
    def trust_dir(self) -> Path:
        """Roots, PEM."""
        return self.data_dir / "trust"

    @property
    def revocation_dir(self) -> Path:
        """CRLs that travel in every sealed document, DER."""
        return self.data_dir / "crl"

    @property
    def revocation_cache_dir(self) -> Path:
        """CRLs and OCSP responses beside those: what was fetched, DER."""
        return self.data_dir / "revocation"

    @property
    def certificates_dir(self) -> Path:
        """Chains of our own keys, PEM."""
        return self.data_dir / "certificates"

    @property
    def evidence_dirs(self) -> tuple[Path, ...]:
        """Where revocation data are looked for."""
        return self.revocation_dir, self.revocation_cache_dir

    @property
    def secrets_dir(self) -> Path:
        """What opens keys, wrapped under a master key; and the key that signs access tokens."""
        return self.data_dir / "secrets"

    @property
    def store_dir(self) -> Path:
        """Sealed files by digest."""
        return self.data_dir / "store"

    @property
    def resolved_database_url(self) -> str:
        """The database that is used."""
        return self.database_url or f"sqlite:///{self.data_dir.absolute() / 'qianyin.db'}"

    def as_environment(self) -> dict[str, str]:
        """Return what a process must find in its environment to get the same settings."""
        values = self.model_dump(mode="json", exclude_none=True)
        return {
            f"QIANYIN_{name.upper()}": value if isinstance(value, str) else json.dumps(value)
            for name, value in values.items()
        }
