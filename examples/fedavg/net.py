"""The model: a small convolutional network for 28 x 28 handwritten digits. Plain PyTorch.

模型：用于识别 28 x 28 手写数字图片的小型卷积网络，普通的 PyTorch 代码。
"""

import torch.nn.functional as F
from torch import nn


class ConvNet(nn.Module):
    """Two convolutions, each followed by pooling, then two linear layers; returns log probabilities of the ten digits.

    两个卷积层（各接一次池化）和两个全连接层，输出十个数字的对数概率。
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels=1, out_channels=10, kernel_size=5)
        self.conv2 = nn.Conv2d(in_channels=10, out_channels=20, kernel_size=5)
        self.conv2_drop = nn.Dropout2d()
        self.fc1 = nn.Linear(in_features=320, out_features=50)
        self.fc2 = nn.Linear(in_features=50, out_features=10)

    def forward(self, x):
        x = F.relu(F.max_pool2d(self.conv1(x), 2))
        x = F.relu(F.max_pool2d(self.conv2_drop(self.conv2(x)), 2))
        x = x.view(-1, 320)
        x = F.relu(self.fc1(x))
        x = F.dropout(x, training=self.training)
        x = self.fc2(x)
        return F.log_softmax(x, dim=-1)
