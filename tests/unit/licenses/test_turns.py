from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from licenses.turns import Turns


def test_the_same_name_waits_and_is_forgotten_afterwards() -> None:
    turns, inside, most = Turns(), [0], [0]

    def act(_: int) -> None:
        with turns.of("a"):
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            inside[0] -= 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(act, range(200)))
    assert most == [1]
    assert turns._waiting == {}


def test_other_names_do_not_wait() -> None:
    turns, meeting = Turns(), Barrier(2, timeout=5)

    def act(name: str) -> None:
        with turns.of(name):
            meeting.wait()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(act, ["a", "b"]))


def test_a_name_is_free_again_after_an_error() -> None:
    turns = Turns()
    try:
        with turns.of("a"):
            raise RuntimeError
    except RuntimeError:
        pass
    with turns.of("a"):
        assert len(turns._waiting) == 1


def test_several_names_are_taken_in_one_order_so_that_nobody_waits_in_a_ring() -> None:
    turns, order = Turns(), []

    class Noting(str):
        __slots__ = ()

        def __hash__(self) -> int:
            order.append(str(self))
            return super().__hash__()

    for names in (["a", "b", "c"], ["c", "a", "b"]):
        order.clear()
        with turns.of_all(map(Noting, names)):
            assert sorted(turns._waiting) == ["a", "b", "c"]
            taken = list(dict.fromkeys(order))
        assert taken == ["a", "b", "c"]
    assert turns._waiting == {}
