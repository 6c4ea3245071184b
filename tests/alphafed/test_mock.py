"""`mock_context` and what asks it who we are."""

import logging
import threading
import uuid

import pytest

import alphamed_nb.alphafed as alphafed
from alphamed_nb.alphafed import is_mock_mode, mock_context, mock_node_id, mock_nodes
from alphamed_nb.alphafed.bass import BassProxy
from alphamed_nb.alphafed.contractor import TaskMessageContractor
from alphamed_nb.alphafed.mock import NotInMockMode
from alphamed_nb.protocol.errors import InvalidName


def warnings(records):
    return [record.getMessage() for record in records if record.levelno == logging.WARNING]


def test_who_we_are_inside_and_outside(in_hub):
    assert is_mock_mode() is False
    nodes = ["node 1", "医院-甲"]
    with mock_context(id="node 1", nodes=nodes):
        assert is_mock_mode() is True
        assert mock_node_id() == "node 1"
        assert mock_nodes() == nodes
        mock_nodes().clear()
        assert mock_nodes() == nodes
    assert is_mock_mode() is False
    with pytest.raises(NotInMockMode, match="mock_context"):
        mock_node_id()


def test_a_fresh_uuid_for_each_entry(in_hub):
    context, ids = mock_context(nodes=[]), []
    for _ in range(2):
        with context:
            ids.append(mock_node_id())
    assert ids[0] != ids[1] and all(uuid.UUID(each).version == 4 for each in ids)


def test_without_nodes_one_warning(in_hub, alphafed_log):
    with mock_context(id="a"):
        assert mock_nodes() == []
    assert len(warnings(alphafed_log)) == 1 and "without nodes" in warnings(alphafed_log)[0]


def test_an_id_outside_nodes_is_a_warning(in_hub, alphafed_log):
    with mock_context(id="a", nodes=["b", "c"]):
        pass
    assert warnings(alphafed_log) == ["The node id a is not in nodes (b, c)."]
    with mock_context(id="b", nodes=["b", "c"]):
        pass
    assert len(warnings(alphafed_log)) == 1


def test_contexts_nest_and_exceptions_pass_unchanged(in_hub):
    error = ValueError("mine")
    with mock_context(id="outer", nodes=["outer"]):
        with pytest.raises(ValueError) as caught, mock_context(id="inner", nodes=["inner"]):
            assert mock_node_id() == "inner"
            raise error
        assert caught.value is error
        assert mock_node_id() == "outer"
    assert not is_mock_mode()


def test_ids_that_cannot_be_folder_names_are_refused(in_hub):
    for wrong in ("", "..", "a/b"):
        with pytest.raises(InvalidName), mock_context(id=wrong, nodes=["a"]):
            pass
    with pytest.raises(TypeError, match="list of node ids"):
        mock_context(id="a", nodes="a,b")


def test_a_thread_without_context_finds_the_only_one(in_hub):
    found = []
    with mock_context(id="a", nodes=["a"]):
        thread = threading.Thread(target=lambda: found.append((is_mock_mode(), mock_node_id())))
        thread.start()
        thread.join()
    assert found == [(True, "a")]


def test_with_several_contexts_a_thread_must_carry_one(in_hub):
    found = []

    def ask():
        found.append(is_mock_mode())
        try:
            mock_node_id()
        except RuntimeError as error:
            found.append(str(error))

    with mock_context(id="a", nodes=["a"]), mock_context(id="b", nodes=["b"]):
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
    assert found[0] is True and "a, b" in found[1]


def test_directories(in_hub):
    (in_hub / "node 1" / "t" / "dataset").mkdir(parents=True)
    kept = in_hub / "node 1" / "t" / "dataset" / "data.bin"
    kept.write_bytes(b"x")
    with mock_context(id="node 1", nodes=["node 1"]):
        paths = {
            name: getattr(alphafed, f"get_{name}_dir")("t")
            for name in ("root", "runtime", "share", "result", "model", "dataset")
        }
        with pytest.raises(InvalidName):
            alphafed.get_result_dir("../t")
    assert paths.pop("root") == "node 1/t"
    assert paths == {name: f"node 1/t/{name}" for name in paths}
    assert (in_hub / paths["result"]).is_dir() and kept.read_bytes() == b"x"
    with pytest.raises(NotInMockMode):
        alphafed.get_root_dir("t")


def test_clean_drops_ended_runs_in_which_the_id_took_part(in_hub, task):
    def message_waits():
        return [event.result for event in TaskMessageContractor(task).contract_events(timeout=0.3)]

    def leave_a_message():
        with mock_context(id="a", nodes=["a", "b"]):
            contractor = TaskMessageContractor(task)
            contractor.notify_task_completion(True)

    leave_a_message()
    with mock_context(id="b", nodes=["a", "b"], clean=True):  # b took no part in that run: it stays
        assert message_waits() == [True]
    leave_a_message()
    with mock_context(id="a", nodes=["a", "b"], clean=True):
        assert message_waits() == []
    with mock_context(id="b", nodes=["a", "b"]):
        assert message_waits() == []


def test_the_platforms_service_does_nothing(in_hub):
    with mock_context(id="a", nodes=["a"]):
        assert BassProxy().launch_task("t", BassProxy().upload_file("name", b"")) is True
    with pytest.raises(NotInMockMode):
        BassProxy().launch_task("t", "key")


def test_submodules_and_names_are_there_by_attribute():
    for name in ("contractor", "data_channel", "scheduler", "fed_avg", "fs", "bass", "rounds"):
        assert getattr(alphafed, name).__name__ == f"alphamed_nb.alphafed.{name}"
        assert name in dir(alphafed)
    for name in alphafed.__all__:
        assert getattr(alphafed, name) is not None
    with pytest.raises(AttributeError):
        _ = alphafed.nothing
