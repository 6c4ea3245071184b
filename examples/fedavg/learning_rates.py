"""The task at two learning rates, to compare them in the panel: two task ids, all nodes in this process.

以两种学习率各运行一次任务，以便在面板中比较：两个任务 ID，所有节点都在本进程中。
"""

from concurrent.futures import ThreadPoolExecutor

from alphafed import mock_context
from scheduler import DemoAvg

from alphamed_nb.datasets import prepare_mnist

aggregator_id = "1bb9feba-7b53-455b-b127-0eb19ffc9d3f"
nodes = [aggregator_id, "663ad4b0-b617-409f-8bc9-3682b30f7f30", "0fc1a571-2920-47bf-9e4e-b4edb7fa2caa"]


def run_node(id, task_id, learning_rate):
    with mock_context(id=id, nodes=nodes):
        scheduler = DemoAvg(max_rounds=5, log_rounds=1, calculation_timeout=60, learning_rate=learning_rate)
        scheduler._run(id=id, task_id=task_id, is_initiator=id == aggregator_id)


for learning_rate in (0.01, 0.001):
    task_id = f"learning-rate-{learning_rate}"
    print(prepare_mnist(task_id=task_id, nodes=nodes))
    with ThreadPoolExecutor(len(nodes)) as threads:
        for node in [threads.submit(run_node, id, task_id, learning_rate) for id in nodes]:
            node.result()
