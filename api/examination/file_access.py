"""Which files an examining process may still open: programs and fonts to read, through Landlock."""

import ctypes
import os
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

__all__ = ["keep_few_files"]

# linux/landlock.h; the numbers are the same on every machine
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_PATH_BENEATH = 1
_READ_FILE, _READ_FOLDER = 1 << 2, 1 << 3
_EVERYTHING = (1 << 13) - 1  # what the first version knows: execute, read, write, make, remove
_SYSTEM = Path("/usr")  # libraries and fonts


def keep_few_files() -> bool:
    """Close every other file to this process from here on; False where that cannot be had.

    What is open stays open. The keys and the register are in no folder that stays readable.
    `PR_SET_NO_NEW_PRIVS` must be set.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    rules = libc.syscall(_CREATE_RULESET, struct.pack("=Q", _EVERYTHING), 8, 0)
    if rules < 0:
        return False
    try:
        for folder in _readable():
            opened = os.open(folder, os.O_PATH | os.O_CLOEXEC)
            beneath = struct.pack("=Qi", _READ_FILE | _READ_FOLDER, opened)
            libc.syscall(_ADD_RULE, rules, _PATH_BENEATH, beneath, 0)
            os.close(opened)
        return bool(libc.syscall(_RESTRICT_SELF, rules, 0) == 0)
    finally:
        os.close(rules)


def _readable() -> Iterator[Path]:
    """Yield the folders of the interpreter, of the modules that are loaded, and the system's."""
    files = (getattr(module, "__file__", None) for module in tuple(sys.modules.values()))
    folders = {Path(file).parent for file in files if file}
    for folder in {_SYSTEM, Path(sys.prefix) / "lib", Path(sys.base_prefix) / "lib", *folders}:
        if folder.is_dir():
            yield folder
