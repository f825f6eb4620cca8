"""Files others sealed: an impostor's copy of ours, and another authority's own licence."""

import tempfile
from dataclasses import replace
from pathlib import Path

from api.demo.deployment import make_deployment
from api.issuing_parts import now, open_keyring, seal_desk
from api.settings import Settings
from licenses.identifiers import LicenseIdentifier
from licenses.issuing import LicenseIssuer
from licenses.license_pages import LicensePage
from licenses.records import LicenseRecord
from licenses.seal_desk import placed

__all__ = ["FOREIGN_AUTHORITY", "another_authoritys", "impostors"]

FOREIGN_AUTHORITY = "邻省样例市农业农村局"
_FOREIGN_CODE = "11990000000000002E"
_FOREIGN_SERIAL = "202600000001"


def impostors(issuer: LicenseIssuer, record: LicenseRecord) -> bytes:
    """Return our own licence under a seal that only looks the same: another's keys and root."""
    page = issuer.page(record)
    return _sealed(issuer, page, page.authority_name)


def another_authoritys(issuer: LicenseIssuer, record: LicenseRecord) -> bytes:
    """Return a licence nothing is wrong with, of an authority this deployment does not know."""
    ours = issuer.page(record)
    identifier = LicenseIdentifier.build(
        type_code=ours.license_type.code,
        issuer_code=_FOREIGN_CODE,
        serial=_FOREIGN_SERIAL,
        version=1,
    )
    page = replace(
        ours,
        identifier=str(identifier),
        authority_name=FOREIGN_AUTHORITY,
        authority_code=_FOREIGN_CODE,
    )
    return _sealed(issuer, page, FOREIGN_AUTHORITY)


def _sealed(issuer: LicenseIssuer, page: LicensePage, authority: str) -> bytes:
    unsealed, place = placed(issuer.renderer.render(page))
    with tempfile.TemporaryDirectory(prefix="qianyin-elsewhere-") as folder:
        settings = Settings(data_dir=Path(folder))
        make_deployment(settings.data_dir, now=now(), authority=authority, clients=())
        with open_keyring(settings) as keyring:
            sealer = seal_desk(settings, keyring).sealer
            return sealer.seal(sealer.prepare(unsealed, place, now=now())).data
