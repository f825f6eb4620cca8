"""Known secrets, planted in a deployment: whatever is done with it, nothing tells one of them.

What is looked through: answers and their headers, the log with everything in it, both outputs, every
error with its traceback, what objects print, and every file of the deployment but the ones that are
there to hold a secret. Process memory is not looked at: that it is written nowhere is tested in
tests/unit/keystore/test_process_memory.py.
"""

import base64
import inspect
import logging
import shutil

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

import keystore.errors
from api.audit_desk import AuditDesk
from api.cli.main import run
from api.errors import ApiError
from api.issuing_parts import open_keyring
from api.logs import JsonLines
from api.secrets_at_rest import vault_of
from api.token_keys import PASSPHRASE_FILE, open_token_key
from hsm_adapters.sessions import Pin
from keystore import SIGNER_ID_GM, KeyUri, no_secrets, opening
from keystore.errors import KeystoreError
from keystore.master_keys import MasterKeys, Sources
from keystore.opening import open_key
from keystore.pins import pin_for
from keystore.pkcs8 import decrypt_private_key
from keystore.refused_pins import RefusedPins
from keystore.rotation import wrap_secret
from keystore.wrapping import Purpose, WrappedSecret
from tests.fakes.isolated_keys import Provider
from tests.fakes.witnesses import Witness

PIN = "pin-寒来暑往-8848"
WRONG_PIN = "wrong-秋收冬藏-2077"
KNOWN_ERRORS = (ApiError, KeystoreError)
MEANT_TO_HOLD_SECRETS = ("master.key", "people")
SOFT = "soft:path=keys/seal-signer.key?pin-source=secrets/keys.pass"


class Scene:
    """A deployment whose secrets we know, and everything it said."""

    def __init__(self, world) -> None:
        self.world, self.said = world, []
        self.settings = settings = world.services.settings
        self.vault = vault = vault_of(settings)
        self.data = ["--data", str(settings.data_dir)]
        self.plant("hsm.pin", PIN)
        self.plant("wrong.pin", WRONG_PIN)
        self.client_secret = world.secret_of("bank")
        passphrase = vault.opened(settings.secrets_dir / "keys.pass", Purpose.PIN)
        key_file = (settings.data_dir / "keys/seal-signer.key").read_bytes()
        token = open_token_key(vault)
        self.token_key = token
        number = load_pem_private_key(token.private_pem.encode(), None).private_numbers()
        self.access_token = world.token()
        self.master = bytes.fromhex((settings.secrets_dir / "master.key").read_text())
        self.witness = Witness(
            scalar=decrypt_private_key(key_file, passphrase).scalar,
            passphrase=passphrase,
            pin=PIN.encode(),
            wrong_pin=WRONG_PIN.encode(),
            client_secret=self.client_secret.encode(),
            token_key=number.private_value.to_bytes(32, "big"),
            token_passphrase=vault.opened(
                settings.secrets_dir / PASSPHRASE_FILE, Purpose.TOKEN_KEY
            ),
            master_key=self.master,
            access_token=self.access_token.encode(),
            person=(settings.secrets_dir / "people/zhang-shili.secret").read_bytes().strip(),
        )

    def plant(self, name, text):
        wrap_secret(self.vault, self.settings.secrets_dir / name, bytearray(text.encode()), "pin")

    def command(self, *words):
        return run([*words, *self.data])

    def fails(self, act):
        """Note an error that must come."""
        try:
            act()
        except KNOWN_ERRORS as error:
            self.said.append(error)
            return
        raise AssertionError("nothing was refused")

    def files(self):
        for path in sorted(self.settings.data_dir.rglob("*")):
            named = path.relative_to(self.settings.data_dir).parts
            if path.is_file() and not set(named) & set(MEANT_TO_HOLD_SECRETS):
                yield path.read_bytes()


@pytest.fixture
def scene(new_world, monkeypatch):
    find = opening.provider_for
    monkeypatch.setattr(
        opening, "provider_for", lambda scheme: Provider() if scheme == "fake" else find(scheme)
    )
    return Scene(new_world(log_level="debug"))


def enter(context):
    with context:
        raise AssertionError("opened")


def test_a_witness_sees_a_secret_in_every_writing():
    witness = Witness(a=b"\x01secret-\xe5\xad\xa3")
    for seen in (
        b"xx\x01secret-\xe5\xad\xa3",
        b"\x01secret-\xe5\xad\xa3".hex(),
        ValueError(b"\x01secret-\xe5\xad\xa3"),
        {"a": bytearray(b"\x01secret-\xe5\xad\xa3")},
        "x" + base64.b64encode(b"12\x01secret-\xe5\xad\xa3").decode(),
        base64.b64encode(b"x\x01secret-\xe5\xad\xa3yz"),
        str(int.from_bytes(b"\x01secret-\xe5\xad\xa3")),
        [*b"\x01secret-\xe5\xad\xa3"],
    ):
        assert witness.seen(seen), seen
    assert witness.seen("an innocent text", b"and bytes") == set()


def test_nothing_tells_a_known_secret(scene, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    for act in ACTS:
        act(scene)
    out = capfd.readouterr()
    ours = [one for one in caplog.records if not one.name.startswith("http")]  # the test's client
    logged = [f"{JsonLines().format(one)}{one.__dict__!r}" for one in ours]
    assert len(logged) > 50
    assert len(scene.said) > 50
    found = scene.witness.seen(*scene.said, *logged, out.out, out.err)
    found -= {one for one in found if one.startswith("access_token")}  # it was asked for
    assert found == set()
    on_disk = scene.witness.seen(*scene.files())
    assert on_disk == set()


def over_http(scene):
    world = scene.world
    answers = [world.issue("known"), world.http.get("/readyz"), world.http.get("/metrics")]
    for secret in (scene.client_secret, scene.client_secret + "x", "", "\0"):
        form = {"grant_type": "client_credentials", "client_id": "bank", "client_secret": secret}
        answers.append(world.http.post("/oauth/token", data=form))
    for token in (scene.access_token, scene.access_token[:-4] + "AAAA", "x." * 3):
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "k"}
        answers.append(world.http.post("/v1/licenses", json={}, headers=headers))
        answers.append(world.http.get("/v1/licenses/nothing", headers=headers))
    # A secret that a caller put where it does not belong must at least not be logged.
    world.http.get(f"/v1/licenses/{scene.client_secret}", params={"secret": scene.client_secret})
    for one in answers:
        scene.said += [one.content, repr(one.headers)]


def by_commands(scene):
    passphrase = ["doctor", "secrets list", "secrets wrap", "key list", f"key request {SOFT}"]
    for words in [*passphrase, f"doctor --key {SOFT}", "audit checkpoint", "secrets drop"]:
        more = ["--organization", "x", "--out", str(scene.settings.data_dir / "r.pem")]
        scene.command(*words.split(), *(more if "request" in words else []))
    person = str(scene.settings.secrets_dir / "people/zhang-shili.secret")
    signed = ["--as", "zhang-shili", "--secret-file"]
    assert scene.command("proposal", "list", *signed, person) == 0
    wrong = scene.settings.secrets_dir / "wrong.pin"
    assert scene.command("proposal", "list", *signed, str(wrong)) == 64


def pins_right_and_wrong(scene):
    folder = scene.settings.secrets_dir
    for name in ("hsm.pin", "wrong.pin"):
        uri = KeyUri.parse(f"fake:object=good?pin-source={folder}/{name}")
        for _ in range(2):
            scene.fails(lambda uri=uri: enter(open_key(uri, scene.vault)))
        scene.said += [uri, RefusedPins.of(uri, scene.vault), *_notes(scene)]
        scene.command("doctor", "--key", str(uri))
        scene.command("key", "forget-refusal", str(uri))
    wrong = KeyUri.parse(SOFT.replace("keys.pass", "wrong.pin")).resolved(scene.settings.data_dir)
    scene.fails(lambda: enter(open_key(wrong, scene.vault)))
    scene.fails(lambda: enter(open_key(wrong, no_secrets)))


def objects_that_hold_secrets(scene):
    keys = MasterKeys(Sources("file:secrets/master.key"), scene.vault.places)
    with keys, open_keyring(scene.settings) as keyring:
        signer = keyring.signer("seal-signer")
        signer.sign(b"m", signer_id=SIGNER_ID_GM)
        pin = Pin(bytearray(PIN.encode()))
        held = [keys, keys.current, signer, signer.key, keyring, pin, scene.token_key, scene.vault]
        with pin.shown() as shown:
            held.append(shown)
        services = scene.world.services
        held += [services, services.mint, services.settings, services.desk, services.desk.issuer()]
        held += list(scene.vault.wrapped().values())
        scene.said += held
        scene.said += [f"{_insides(one)!r}" for one in held if one not in (keys, pin, shown)]


def wrong_master_keys_and_damaged_files(scene):
    folder = scene.settings.secrets_dir
    path, master = folder / "hsm.pin", folder / "master.key"
    uri, line = KeyUri.parse(f"fake:object=good?pin-source={path}"), path.read_bytes()
    damages = {
        path: [line[:-9], line[:-9] + b"AAAAAAAA\n", line.replace(b"hsm", b"hsn"), b""],
        master: [b"0" * 32, scene.master, scene.master.hex().encode() * 2, b"x"],
    }
    for file, contents in damages.items():
        before = file.read_bytes()
        for content in contents:
            file.write_bytes(content)
            scene.fails(lambda: enter(open_key(uri, scene.vault)))
            for words in ("secrets list", "doctor", "secrets rotate", "key list"):
                scene.command(*words.split())
            scene.said.append(scene.world.http.get("/readyz").content)
        file.write_bytes(before)
    shutil.copy(folder / "keys.pass", folder / "copy.pass")
    scene.fails(lambda: pin_for(KeyUri.parse(f"x:a=b?pin-source={folder}/copy.pass"), scene.vault))
    (folder / "copy.pass").unlink()
    master.chmod(0o644)
    scene.fails(lambda: enter(open_key(uri, scene.vault)))
    master.chmod(0o600)
    found = WrappedSecret.read(line)
    scene.fails(lambda: found.open(_other_key(), purpose=found.purpose, name=found.name))


def a_key_that_cannot_be_used_for_checkpoints(scene):
    services = scene.world.services
    other = services.settings.model_copy(update={"audit_key": "seal-signer"})
    scene.fails(lambda: AuditDesk(other, services.engine, services.clock).sign())


def every_error_of_the_keystore(scene):
    for _, kind in inspect.getmembers(keystore.errors, inspect.isclass):
        scene.said.append(kind("a sentence"))


ACTS = (
    over_http,
    by_commands,
    pins_right_and_wrong,
    objects_that_hold_secrets,
    wrong_master_keys_and_damaged_files,
    a_key_that_cannot_be_used_for_checkpoints,
    every_error_of_the_keystore,
)


def _other_key():
    from keystore.wrapping import MasterKey

    return MasterKey(bytearray(16))


def _notes(scene):
    return [one.read_bytes() for one in scene.settings.data_dir.glob("refused-pins/*.json")]


def _insides(thing):
    """What a careless `vars()` or a debugger's print would show, one level down."""
    names = getattr(type(thing), "__slots__", None) or getattr(thing, "__dict__", {})
    public = [one for one in names if not one.startswith("_")]
    hidden = {"private_pem", "key", "nonce", "body"}
    return {name: getattr(thing, name, None) for name in public if name not in hidden}
