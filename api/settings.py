"""The settings, and the only place where the environment is read (prefix QIANYIN_)."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["Environment", "Profile", "Settings"]


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


class Settings(BaseSettings):
    """One deployment; frozen, and an unknown name is an error."""

    model_config = SettingsConfigDict(env_prefix="QIANYIN_", frozen=True, extra="forbid")

    environment: Environment = Environment.DEMO
    data_dir: Path = Path("var")
    """Keys, certificates, seals, trust anchors, files and (with SQLite) the database."""
    database_url: str | None = None
    """SQLAlchemy URL; None: SQLite in `data_dir`."""
    public_base_url: str = "http://127.0.0.1:8000"
    """What the QR codes begin with."""
    authority_name: str = "示例市农业农村局"
    authority_code: str = "11990000000000001X"
    authority_province: str = "例"
    seal: str = "authority"
    """Alias in keys.toml of the seal licences are issued under."""
    profile: Profile = Profile.SES
    signature_filter: str = "Qianyin.GMPkiLite"
    seal_sub_filter: str = "GM.sm2seal"
    allowed_soft_keys: frozenset[str] = frozenset()
    """Aliases of software keys allowed in production."""
    self_check_one_in: Annotated[int, Field(ge=1)] = 100

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
    def store_dir(self) -> Path:
        """Sealed files by digest."""
        return self.data_dir / "store"

    @property
    def resolved_database_url(self) -> str:
        """The database that is used."""
        return self.database_url or f"sqlite:///{self.data_dir.absolute() / 'qianyin.db'}"
