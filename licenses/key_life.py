"""The life a key leads: its states, the steps between them, and in which of them it may sign."""

from enum import StrEnum

from licenses.errors import IllegalKeyStep

__all__ = ["MAY_SIGN", "STEPS", "KeyState", "KeyStep", "state_after"]


class KeyState(StrEnum):
    """Where a key stands. A key nobody recorded has no state, and keys.toml alone decides."""

    GENERATED = "GENERATED"
    REQUESTED = "REQUESTED"
    CERTIFIED = "CERTIFIED"
    ACTIVE = "ACTIVE"
    ROLLED_OVER = "ROLLED_OVER"
    """Another key has its place, and until it is retired both may sign."""
    RETIRED = "RETIRED"
    DISTRUSTED = "DISTRUSTED"
    DESTROYED = "DESTROYED"


class KeyStep(StrEnum):
    """Everything that can happen to a key; also the action in the audit trail."""

    GENERATE = "key.generated"
    REQUEST = "key.requested"
    CERTIFY = "key.certified"
    ACTIVATE = "key.activated"
    ROLL_OVER = "key.rolled-over"
    RETIRE = "key.retired"
    DISTRUST = "key.distrusted"
    DESTROY = "key.destroyed"


MAY_SIGN = frozenset({KeyState.ACTIVE, KeyState.ROLLED_OVER})

_S, _P = KeyState, KeyStep
STEPS: dict[KeyStep, tuple[frozenset[KeyState | None], KeyState]] = {
    _P.GENERATE: (frozenset({None}), _S.GENERATED),
    # None: a key made by the device's own tools, or before keys were recorded.
    _P.REQUEST: (frozenset({None, _S.GENERATED, _S.REQUESTED}), _S.REQUESTED),
    _P.CERTIFY: (frozenset({None, _S.GENERATED, _S.REQUESTED, _S.CERTIFIED}), _S.CERTIFIED),
    _P.ACTIVATE: (frozenset({None, _S.CERTIFIED}), _S.ACTIVE),
    _P.ROLL_OVER: (frozenset({_S.ACTIVE}), _S.ROLLED_OVER),
    _P.RETIRE: (frozenset({None, _S.CERTIFIED, _S.ACTIVE, _S.ROLLED_OVER}), _S.RETIRED),
    # Any key can turn out to be known to others, a destroyed one too: there was a copy.
    _P.DISTRUST: (frozenset({None, *_S}), _S.DISTRUSTED),
    _P.DESTROY: (
        frozenset({_S.GENERATED, _S.REQUESTED, _S.CERTIFIED, _S.RETIRED, _S.DISTRUSTED}),
        _S.DESTROYED,
    ),
}
"""Step → the states it starts from (None: not recorded), and the one it leads to."""


def state_after(state: KeyState | None, step: KeyStep) -> KeyState:
    """Return the state `step` leads to; raises `IllegalKeyStep` for what the table lacks."""
    before, after = STEPS[step]
    if state not in before:
        raise IllegalKeyStep(f"a key that is {state or 'not recorded'} cannot be {step[4:]}")
    return after
