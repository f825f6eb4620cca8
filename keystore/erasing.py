"""Overwriting what a secret lay in, where it lies in memory of ours."""

__all__ = ["erase"]


def erase(*buffers: bytearray) -> None:
    """Overwrite each with zeros; its length stays.

    Copies that the interpreter or a library made of it are theirs: see SECURITY.md.
    """
    for buffer in buffers:
        buffer[:] = bytes(len(buffer))
