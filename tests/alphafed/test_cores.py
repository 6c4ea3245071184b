import os
import subprocess
import sys
import threading

import pytest
import torch

from alphamed_nb.alphafed.scheduler.cores import fair_share_of_cores


@pytest.fixture(autouse=True)
def four_cores(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    before = torch.get_num_threads()
    torch.set_num_threads(4)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize(("nodes", "threads"), [(0, 4), (1, 4), (2, 2), (3, 1), (100, 1)])
def test_each_node_gets_its_share_and_it_is_given_back(nodes: int, threads: int) -> None:
    with fair_share_of_cores(nodes):
        assert torch.get_num_threads() == threads
    assert torch.get_num_threads() == 4


def test_it_is_given_back_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), fair_share_of_cores(3):
        raise ZeroDivisionError
    assert torch.get_num_threads() == 4


def test_a_user_who_set_fewer_threads_keeps_them() -> None:
    torch.set_num_threads(1)
    with fair_share_of_cores(2):
        assert torch.get_num_threads() == 1


def test_who_set_the_environment_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "4")
    with fair_share_of_cores(4):
        assert torch.get_num_threads() == 4


def test_torch_is_not_imported_for_it() -> None:
    code = (
        "import sys\n"
        "from alphamed_nb.alphafed.scheduler.cores import fair_share_of_cores\n"
        "with fair_share_of_cores(2): assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_nodes_that_are_threads_of_one_process_give_all_of_it_back() -> None:
    """Whoever leaves last: the second began while the first had its share, which is what torch then told it."""

    def second() -> None:
        with fair_share_of_cores(4):
            shares.append(torch.get_num_threads())
            inside.set()
            assert first_has_left.wait(10)
        shares.append(torch.get_num_threads())

    shares: list[int] = []
    inside, first_has_left = threading.Event(), threading.Event()
    with fair_share_of_cores(2):
        thread = threading.Thread(target=second)
        thread.start()
        assert inside.wait(10)
        assert torch.get_num_threads() == 2
        with fair_share_of_cores(4):
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == 2
    assert torch.get_num_threads() == 4
    first_has_left.set()
    thread.join()
    assert shares == [1, 4]
    later = threading.Thread(target=lambda: shares.append(torch.get_num_threads()))
    later.start()
    later.join()
    assert shares[2] == 4
