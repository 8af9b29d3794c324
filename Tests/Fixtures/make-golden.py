#!/usr/bin/env python3
"""Writes golden/*.safetensors: small reference values, computed with numpy in float64 straight from the definitions.

Inputs are rounded to float32 first; results are stored as float32. Layouts are PyTorch's (NCHW, OIHW, out x in), Keras'
for BatchNormalization. Gradients come from central differences of the float64 forward pass, so that no derivative is
written down twice.

    python3 make-golden.py
"""

import json
import pathlib
import struct

import numpy as np

FOLDER = pathlib.Path(__file__).parent / "golden"
random = np.random.default_rng(20240607)


def draw(*shape, low=None):
    values = random.standard_normal(shape) if low is None else random.uniform(low, low + 1, shape)
    return values.astype(np.float32).astype(np.float64)


def write(name, case, arrays):
    header, data = {"__metadata__": {"case": json.dumps(case)}}, b""
    for key, values in sorted(arrays.items()):
        values = np.asarray(values)
        whole = np.issubdtype(values.dtype, np.integer)
        raw = values.astype("<i8" if whole else "<f4").tobytes()
        offsets = [len(data), len(data) + len(raw)]
        header[key] = {"dtype": "I64" if whole else "F32", "shape": list(values.shape), "data_offsets": offsets}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    (FOLDER / f"{name}.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)


def slope(f, values, weights):
    """The gradient of sum(weights * f(values)) by a four-point difference."""
    result, flat, h = np.zeros_like(values), values.reshape(-1), 1e-3
    for i in range(flat.size):
        kept, at = flat[i], {}
        for k in (-2, -1, 1, 2):
            flat[i] = kept + k * h
            at[k] = np.sum(weights * f())
        flat[i] = kept
        result.reshape(-1)[i] = (8 * (at[1] - at[-1]) - (at[2] - at[-2])) / (12 * h)
    return result


def layer(name, case, forward, x, params, after=None):
    """Writes a case of a layer whose `forward(x, params)` is given; `after` holds the buffers behind it."""
    output = forward(x, params)
    weights = draw(*output.shape)
    arrays = {"input": x, "output": output, "grad_output": weights}
    arrays["grad_input"] = slope(lambda: forward(x, params), x, weights)
    for key, values in params.items():
        arrays[f"param.{key}"] = values
        if not key.startswith(("running", "num_", "moving")):
            arrays[f"grad.{key}"] = slope(lambda: forward(x, params), values, weights)
    for key, values in (after or {}).items():
        arrays[f"after.{key}"] = values
    write(name, case, arrays)


def batch_norm():
    axes = (0, 2, 3)

    def spread(v):
        return v[None, :, None, None]

    def train(x, p, eps=1e-3):
        hat = (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + eps)
        return hat * spread(p["weight"]) + spread(p["bias"])

    def evaluate(x, p, eps=1e-3):
        hat = (x - spread(p["running_mean"])) / np.sqrt(spread(p["running_var"]) + eps)
        return hat * spread(p["weight"]) + spread(p["bias"])

    x = draw(3, 5, 2, 3) + 0.5
    params = {
        "weight": draw(5, low=0.5), "bias": draw(5), "running_mean": draw(5), "running_var": draw(5, low=0.5),
        "num_batches_tracked": np.array(4),
    }
    mean, variance = x.mean(axes), x.var(axes, ddof=1)
    case = {"op": "BatchNorm2d", "eps": 1e-3, "momentum": 0.3}
    moved = {
        "running_mean": 0.7 * params["running_mean"] + 0.3 * mean,
        "running_var": 0.7 * params["running_var"] + 0.3 * variance,
        "num_batches_tracked": np.array(5),
    }
    layer("batchnorm2d_train", {**case, "mode": "train"}, train, x, params, moved)
    same = {key: params[key] for key in moved}
    layer("batchnorm2d_eval", {**case, "mode": "eval"}, evaluate, x, params, same)
    cumulative = {
        "running_mean": 0.8 * params["running_mean"] + 0.2 * mean,
        "running_var": 0.8 * params["running_var"] + 0.2 * variance,
        "num_batches_tracked": np.array(5),
    }
    layer("batchnorm2d_cumulative", {**case, "momentum": None, "mode": "train"}, train, x, params, cumulative)

    x = draw(4, 2, 2, 3)
    params = {"gamma": draw(3, low=0.5), "beta": draw(3), "moving_mean": draw(3), "moving_variance": draw(3, low=0.5)}
    mean, variance = x.mean((0, 1, 2)), x.var((0, 1, 2))
    moved = {
        "moving_mean": 0.9 * params["moving_mean"] + 0.1 * mean,
        "moving_variance": 0.9 * params["moving_variance"] + 0.1 * variance,
    }
    layer(
        "keras_batchnorm", {"op": "BatchNormalization", "momentum": 0.9, "epsilon": 0.01, "axis": -1, "mode": "train"},
        lambda x, p: (x - x.mean((0, 1, 2))) / np.sqrt(x.var((0, 1, 2)) + 0.01) * p["gamma"] + p["beta"],
        x, params, moved)

    def sequence(x, p):
        hat = (x - x.mean((0, 2), keepdims=True)) / np.sqrt(x.var((0, 2), keepdims=True) + 1e-5)
        return hat

    case = {"op": "BatchNorm1d", "affine": False, "track_running_stats": False}
    layer("batchnorm1d_sequence", case, sequence, draw(3, 4, 5), {})


def sample_norms():
    def group(x, p, groups, eps=1e-5):
        split = x.reshape(x.shape[0], groups, -1)
        hat = (split - split.mean(2, keepdims=True)) / np.sqrt(split.var(2, keepdims=True) + eps)
        shape = (1, -1) + (1,) * (x.ndim - 2)
        return hat.reshape(x.shape) * p["weight"].reshape(shape) + p["bias"].reshape(shape)

    params = {"weight": draw(6), "bias": draw(6)}
    image, vector = draw(2, 6, 3, 2), draw(4, 6)
    layer("groupnorm_image", {"op": "GroupNorm", "groups": 3}, lambda x, p: group(x, p, 3), image, params)
    layer("groupnorm_vector", {"op": "GroupNorm", "groups": 2}, lambda x, p: group(x, p, 2), vector, params)
    layer("instancenorm", {"op": "InstanceNorm2d", "affine": True}, lambda x, p: group(x, p, 6), image, params)

    def last(x, p):
        hat = (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5)
        return hat * p["weight"] + p["bias"]

    layer("layernorm_sequence", {"op": "LayerNorm", "normalized_shape": [6]}, last, draw(2, 4, 6), params)


def windows():
    def convolve(x, p, stride, pad, dilation, groups):
        w = p["weight"]
        x = np.pad(x, ((0, 0), (0, 0), (pad[0], pad[0]), (pad[1], pad[1])))
        extent = [dilation[a] * (w.shape[2 + a] - 1) + 1 for a in (0, 1)]
        out = [(x.shape[2 + a] - extent[a]) // stride[a] + 1 for a in (0, 1)]
        y = np.zeros((x.shape[0], w.shape[0], *out))
        per_in, per_out = w.shape[1], w.shape[0] // groups
        for f in range(w.shape[0]):
            own = x[:, f // per_out * per_in : (f // per_out + 1) * per_in]
            for i in range(out[0]):
                for j in range(out[1]):
                    r, c = i * stride[0], j * stride[1]
                    window = own[:, :, r : r + extent[0] : dilation[0], c : c + extent[1] : dilation[1]]
                    y[:, f, i, j] = np.sum(window * w[f], axis=(1, 2, 3))
        return y + (p["bias"][None, :, None, None] if "bias" in p else 0)

    layer(
        "conv2d",
        {"op": "Conv2d", "kernel": [3, 2], "stride": [2, 1], "padding": [1, 0], "dilation": [1, 2], "groups": 2},
        lambda x, p: convolve(x, p, (2, 1), (1, 0), (1, 2), 2),
        draw(2, 4, 5, 5), {"weight": draw(6, 2, 3, 2), "bias": draw(6)})
    layer(
        "conv2d_no_bias", {"op": "Conv2d", "kernel": 3, "padding": 1},
        lambda x, p: convolve(x, p, (1, 1), (1, 1), (1, 1), 1), draw(2, 2, 4, 3), {"weight": draw(3, 2, 3, 3)})

    def pool(x, take, kernel, stride, pad, fill):
        x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), constant_values=fill)
        out = [(x.shape[a] - kernel) // stride + 1 for a in (2, 3)]
        y = np.zeros((*x.shape[:2], *out))
        for i in range(out[0]):
            for j in range(out[1]):
                r, c = i * stride, j * stride
                y[:, :, i, j] = take(x[:, :, r : r + kernel, c : c + kernel], axis=(2, 3))
        return y

    # Far enough apart that no step of the differences changes which is the largest.
    distinct = random.permutation(2 * 2 * 5 * 6).reshape(2, 2, 5, 6) / 16.0
    layer(
        "maxpool2d", {"op": "MaxPool2d", "kernel": 3, "stride": 2, "padding": 1},
        lambda x, p: pool(x, np.max, 3, 2, 1, -np.inf), distinct, {})
    layer(
        "avgpool2d", {"op": "AvgPool2d", "kernel": 2, "padding": 1}, lambda x, p: pool(x, np.mean, 2, 2, 1, 0),
        draw(2, 2, 4, 5), {})


def standardized():
    """After all else, so that the values before it stay as they are."""
    def convolve(x, p, gamma):
        w = p["weight"]
        fan_in = w[0].size
        mean, variance = w.mean((1, 2, 3), keepdims=True), w.var((1, 2, 3), keepdims=True)
        w = gamma * p.get("gain", 1) * (w - mean) / np.sqrt(variance + 1e-6) / np.sqrt(fan_in)
        x = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
        out = [x.shape[2 + a] - w.shape[2 + a] + 1 for a in (0, 1)]
        y = np.zeros((x.shape[0], w.shape[0], *out))
        for i in range(out[0]):
            for j in range(out[1]):
                window = x[:, :, i : i + w.shape[2], j : j + w.shape[3]]
                y[:, :, i, j] = np.einsum("nchw,fchw->nf", window, w)
        return y + (p["bias"][None, :, None, None] if "bias" in p else 0)

    case = {"op": "Conv2d", "kernel": 3, "padding": 1, "standardize_gamma": 1.7128585504496627}
    params = {"weight": draw(4, 3, 3, 3) + 0.5, "bias": draw(4), "gain": draw(4, 1, 1, 1, low=0.5)}
    layer("conv2d_standardized", case, lambda x, p: convolve(x, p, 1.7128585504496627), draw(2, 3, 4, 5), params)
    params = {"weight": 0.1 * draw(3, 2, 3, 3)}
    layer(
        "conv2d_standardized_plain", {**case, "standardize_gamma": 0.75}, lambda x, p: convolve(x, p, 0.75),
        draw(2, 2, 4, 3), params)


def others():
    params = {"weight": draw(3, 5), "bias": draw(3)}
    layer("linear", {"op": "Linear"}, lambda x, p: x @ p["weight"].T + p["bias"], draw(4, 5), params)
    layer("linear_sequence", {"op": "Linear"}, lambda x, p: x @ p["weight"].T + p["bias"], draw(2, 4, 5), params)
    layer("tanh", {"op": "Tanh"}, lambda x, p: np.tanh(x), draw(3, 4), {})
    layer("flatten", {"op": "Flatten"}, lambda x, p: x.reshape(2, -1), draw(2, 3, 2, 4), {})
    signed = np.sign(draw(3, 4)) * draw(3, 4, low=0.5)
    layer("leakyrelu", {"op": "LeakyReLU", "slope": 0.3}, lambda x, p: np.where(x > 0, x, 0.3 * x), signed, {})

    x, target = draw(5, 4) * 3, random.integers(0, 4, 5)

    def cross_entropy():
        z = x - x.max(1, keepdims=True)
        return np.mean(np.log(np.exp(z).sum(1)) - z[np.arange(5), target])

    write(
        "cross_entropy", {"op": "CrossEntropyLoss", "reduction": "mean"},
        {"input": x, "target": target, "output": [cross_entropy()], "grad_input": slope(cross_entropy, x, 1)})
    x, soft = draw(5, 3), draw(5, 3, low=0)

    def bce():
        return np.mean(np.logaddexp(0, x) - x * soft)

    arrays = {"input": x, "target": soft, "output": [bce()], "grad_input": slope(bce, x, 1)}
    write("bce_logits", {"op": "BCEWithLogitsLoss"}, arrays)


def optimizers():
    before, grads = draw(7), draw(4, 7)

    def save(name, settings, step):
        w, memory = before.copy(), {}
        for t, g in enumerate(grads, 1):
            w = step(w, g, t, memory)
        case = {"op": "optimizer", "optimizer": name, **settings}
        write(f"optimizer_{name}", case, {"before": before, "grads": grads, "after": w})

    def momentum(w, g, t, m):
        g = g + 0.02 * w
        m["v"] = 0.8 * m.get("v", 0) + g
        return w - 0.05 * (g + 0.8 * m["v"])

    def adam(w, g, t, m, decay=0.0, beta=(0.8, 0.99999)):
        m["m"] = beta[0] * m.get("m", 0) + (1 - beta[0]) * g
        m["v"] = beta[1] * m.get("v", 0) + (1 - beta[1]) * g * g
        root = np.sqrt(m["v"] / (1 - beta[1] ** t)) + 1e-6
        return w * (1 - 0.5 * decay) - 0.5 * m["m"] / (1 - beta[0] ** t) / root

    def rmsprop(w, g, t, m):
        m["v"] = 0.9 * m.get("v", 0) + 0.1 * g * g
        m["b"] = 0.5 * m.get("b", 0) + g / (np.sqrt(m["v"]) + 1e-8)
        return w - 0.01 * m["b"]

    save("sgd_nesterov", {"lr": 0.05, "momentum": 0.8, "nesterov": True, "weight_decay": 0.02}, momentum)
    save("adam", {"lr": 0.5, "betas": [0.8, 0.99999], "eps": 1e-6}, adam)
    settings = {"lr": 0.5, "betas": [0.8, 0.99999], "eps": 1e-6, "weight_decay": 0.1}
    save("adamw", settings, lambda w, g, t, m: adam(w, g, t, m, 0.1))
    save("rmsprop_momentum", {"lr": 0.01, "alpha": 0.9, "momentum": 0.5}, rmsprop)


FOLDER.mkdir(exist_ok=True)
batch_norm()
sample_norms()
windows()
others()
optimizers()
standardized()
