"""The networks of the workloads in plain PyTorch, layer for layer those of `covey list models`."""

import torch
from torch import nn


def _block(inputs, outputs):
    return [nn.Conv2d(inputs, outputs, 5, padding=2), nn.BatchNorm2d(outputs), nn.ReLU()]


def digits_paper():
    return nn.Sequential(
        *_block(3, 64), nn.MaxPool2d(2), *_block(64, 64), nn.MaxPool2d(2), *_block(64, 128), nn.Flatten(),
        nn.Linear(6272, 2048), nn.BatchNorm1d(2048), nn.ReLU(),
        nn.Linear(2048, 512), nn.BatchNorm1d(512), nn.ReLU(), nn.Linear(512, 10))


def digits_small():
    return nn.Sequential(
        *_block(3, 16), nn.MaxPool2d(2), *_block(16, 32), nn.MaxPool2d(2), nn.Flatten(),
        nn.Linear(1568, 128), nn.BatchNorm1d(128), nn.ReLU(), nn.Linear(128, 10))


def cnn():
    return nn.Sequential(
        nn.Conv2d(3, 32, 3), nn.BatchNorm2d(32), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.BatchNorm2d(64), nn.ReLU(),
        nn.MaxPool2d(2), nn.Dropout(0.25), nn.Flatten(), nn.Linear(12544, 128), nn.ReLU(), nn.Dropout(0.5),
        nn.Linear(128, 10))


def mlp():
    return nn.Sequential(
        nn.Linear(784, 128), nn.BatchNorm1d(128), nn.ReLU(), nn.Linear(128, 64), nn.BatchNorm1d(64), nn.ReLU(),
        nn.Linear(64, 10))


class _Residual(nn.Module):
    """Two 3×3 convolutions and the way around them (He et al. 2016, basic block)."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.around = None
        if stride != 1 or inputs != outputs:
            self.around = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride=stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = torch.relu_(self.bn1(self.conv1(x)))
        return torch.relu_(self.bn2(self.conv2(y)) + (x if self.around is None else self.around(x)))


def resnet18():
    """ResNet-18 for 32×32 images: a 3×3 convolution in front, no pooling behind it."""
    layers = [nn.Conv2d(3, 64, 3, padding=1, bias=False), nn.BatchNorm2d(64), nn.ReLU()]
    inputs = 64
    for outputs, stride in [(64, 1), (128, 2), (256, 2), (512, 2)]:
        layers += [_Residual(inputs, outputs, stride), _Residual(outputs, outputs, 1)]
        inputs = outputs
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10))
