"""A federated averaging task on handwritten digits. Nothing in this file belongs to the mock environment.

手写数字识别的联邦平均任务。本文件中没有任何模拟环境的代码，可以原样用于生产环境。
"""

import torch
import torch.nn.functional as F
from alphafed import get_dataset_dir
from alphafed.fed_avg import FedAvgScheduler
from net import ConvNet
from torch.utils.data import DataLoader
from torchvision import transforms
from torchvision.datasets import MNIST


class DemoAvg(FedAvgScheduler):
    """Trains :class:`ConvNet` with SGD on each data holder; the aggregator averages and tests.

    每个数据持有方用 SGD 在本地数据上训练 ConvNet，聚合方求平均并测试。
    """

    def __init__(
        self,
        max_rounds=0,
        merge_epochs=1,
        calculation_timeout=300,
        log_rounds=0,
        involve_aggregator=False,
        learning_rate=0.01,
    ):
        super().__init__(
            max_rounds=max_rounds,
            merge_epochs=merge_epochs,
            calculation_timeout=calculation_timeout,
            log_rounds=log_rounds,
            involve_aggregator=involve_aggregator,
        )
        self.batch_size = 64
        self.learning_rate = learning_rate
        self.momentum = 0.9
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

    def build_model(self):
        return ConvNet().to(self.device)

    def build_optimizer(self, model):
        return torch.optim.SGD(model.parameters(), lr=self.learning_rate, momentum=self.momentum)

    def build_train_dataloader(self):
        return DataLoader(self._digits(train=True), batch_size=self.batch_size, shuffle=True)

    def build_test_dataloader(self):
        return DataLoader(self._digits(train=False), batch_size=256)

    def _digits(self, train):
        # download=True fetches the files only if they are not in the node's data set folder yet.
        # 只有当节点的数据目录中没有这些文件时，download=True 才会下载。
        return MNIST(
            root=get_dataset_dir(self.task_id),
            train=train,
            download=True,
            transform=transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.1307,), (0.3081,))]),
        )

    def train_an_epoch(self):
        self.model.train()
        for images, labels in self.train_loader:
            images, labels = images.to(self.device), labels.to(self.device)
            self.optimizer.zero_grad()
            loss = F.nll_loss(self.model(images), labels)
            loss.backward()
            self.optimizer.step()

    def run_test(self):
        self.model.eval()
        total_loss, correct, count = 0.0, 0, 0
        with torch.no_grad():
            for images, labels in self.test_loader:
                images, labels = images.to(self.device), labels.to(self.device)
                output = self.model(images)
                total_loss += F.nll_loss(output, labels, reduction="sum").item()
                correct += (output.argmax(dim=1) == labels).sum().item()
                count += len(labels)
        loss, accuracy = total_loss / count, correct / count
        self.push_log(f"Test set: Average loss: {loss:.4f}, Accuracy: {correct}/{count} ({accuracy:.1%})")
        self.tb_writer.add_scalar("test_loss", loss, self.current_round)
        self.tb_writer.add_scalar("test_accuracy", accuracy, self.current_round)
