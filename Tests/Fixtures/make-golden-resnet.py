#!/usr/bin/env python3
"""Writes what PyTorch and torchvision say of the CIFAR-style ResNet-18:

    golden/resnet_narrow.safetensors   passes and gradients of the network with 3, 4, 5 and 6 filters, in float64
    resnet18.txt                       names and shapes of the full network's state

    python3 -m venv /tmp/torch && /tmp/torch/bin/pip install torch torchvision safetensors
    /tmp/torch/bin/python make-golden-resnet.py
"""

import json
import pathlib

import torch
import torchvision
from safetensors.torch import save_file
from torch import nn
from torchvision.models.resnet import BasicBlock

FOLDER = pathlib.Path(__file__).parent


def cifar_style():
    model = torchvision.models.resnet18(num_classes=10)
    model.conv1 = nn.Conv2d(3, 64, 3, padding=1, bias=False)
    model.maxpool = nn.Identity()
    return model


def narrow(widths, classes):
    """The same with other widths, of torchvision's blocks and under its names."""
    model = nn.Sequential()
    model.add_module("conv1", nn.Conv2d(3, widths[0], 3, padding=1, bias=False))
    model.add_module("bn1", nn.BatchNorm2d(widths[0]))
    model.add_module("relu", nn.ReLU())
    inputs = widths[0]
    for number, width in enumerate(widths, 1):
        stride = 1 if number == 1 else 2
        shortcut = None
        if number > 1:
            shortcut = nn.Sequential(nn.Conv2d(inputs, width, 1, stride, bias=False), nn.BatchNorm2d(width))
        blocks = nn.Sequential(BasicBlock(inputs, width, stride, shortcut), BasicBlock(width, width))
        model.add_module(f"layer{number}", blocks)
        inputs = width
    model.add_module("pool", nn.AdaptiveAvgPool2d(1))
    model.add_module("flatten", nn.Flatten())
    model.add_module("fc", nn.Linear(inputs, classes))
    return model.double()


def main():
    (FOLDER / "resnet18.txt").write_text(
        "".join(f"{name} {list(values.shape)}\n" for name, values in cifar_style().state_dict().items()))

    torch.manual_seed(18)
    model = narrow([3, 4, 5, 6], classes=4)
    with torch.no_grad():
        # Away from the start, so that a γ of 1 or a mean of 0 hides nothing; in float32, as the file has them.
        for name, values in model.state_dict().items():
            if name.endswith(("running_mean", "bias")):
                values.uniform_(-0.5, 0.5)
            elif name.endswith("running_var") or (name.endswith("weight") and values.dim() == 1):
                values.uniform_(0.5, 1.5)
            if values.is_floating_point():
                values.copy_(values.float().double())
    x = torch.randn(4, 3, 16, 16).double().requires_grad_()
    weights = 0.1 * torch.randn(4, 4).double()
    weights = weights.float().double()
    arrays = {f"param.{name}": values.clone() for name, values in model.state_dict().items()}
    model.eval()
    arrays["eval_output"] = model(x)
    model.train()
    output = model(x)
    output.backward(weights)
    arrays |= {"input": x, "output": output, "grad_output": weights, "grad_input": x.grad}
    arrays |= {f"grad.{name}": values.grad for name, values in model.named_parameters()}
    arrays |= {f"after.{name}": v for name, v in model.named_buffers() if not name.endswith("batches_tracked")}
    arrays = {k: v.detach().float().contiguous() if v.is_floating_point() else v for k, v in arrays.items()}
    case = {"op": "ResNet", "widths": [3, 4, 5, 6], "torch": torch.__version__}
    save_file(arrays, FOLDER / "golden" / "resnet_narrow.safetensors", metadata={"case": json.dumps(case)})


main()
