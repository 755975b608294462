"""Adapter for PyTorch's networks: the parameters are the flat vector, which both libraries share.

A tensor of the network is a view of the vector, and its gradient a view of the gradient's vector:
a step writes where the network reads, and ``backward`` where the optimizer reads.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Collection
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from descent.arrays import Array, IntArray, Layout, aligned_array
from descent.data.dataset import Dataset
from descent.problems.learning import LearningProblem

#: Examples that an evaluation takes at a time.
EVALUATION_BATCH = 1000
#: Layers whose weights multiply what is normalised.
NORMS = (
    nn.modules.batchnorm._NormBase,  # noqa: SLF001 - the one base of batch and instance norms
    nn.LayerNorm,
    nn.GroupNorm,
    nn.RMSNorm,
)


class TorchProblem(LearningProblem):
    """Classify examples with a PyTorch network under softmax cross-entropy.

    Parameters
    ----------
    name : str
        Name of the config entry.
    dataset : Dataset
        A dense one, every example in its shape.
    mini_batch : int, default 128
        Examples in a mini-batch.
    dtype : {"float32", "float64"}, default "float32"
        Of parameters, gradient and inputs.
    **settings
        Arguments of the network.

    Attributes
    ----------
    network_class : type
        The network, a ``torch.nn.Module`` that gives a logit for each class, (n, classes).
    network : torch.nn.Module
        The one whose tensors are views of the parameters last used.

    Raises
    ------
    ValueError
        If the network cannot be made or cannot take the examples, its output does not fit the
        classes, it draws random numbers, or it keeps running averages.

    Notes
    -----
    Images of two axes are given the axis of one channel, (n, 1, height, width); all other examples
    are passed in their shape. A weight matrix is (outputs, inputs) in PyTorch and
    (inputs, outputs) in the layout, a view of the same numbers; the weights of the last linear
    layer are of the kind ``output``.

    The loss must be a function of parameters and mini-batch. Dropout, whose random numbers no seed
    of a study decides, and running averages of batch normalisation, which no optimizer sees, are
    refused.
    """

    dataset = "dense"
    network_class: ClassVar[type[nn.Module]]

    def __init__(
        self,
        name: str,
        dataset: Dataset,
        *,
        mini_batch: int = 128,
        dtype: str = "float32",
        **settings: Any,
    ) -> None:
        super().__init__(
            name, dataset, mini_batch=mini_batch, dtype=dtype, settings={"network": settings}
        )
        self._settings = settings
        self._real = torch.from_numpy(np.empty(0, self.dtype)).dtype
        self._inputs = {s: self._examples(dataset[f"{s}_inputs"]) for s in self.splits}
        self._labels = {s: torch.from_numpy(dataset[f"{s}_labels"]) for s in self.splits}
        self.network = self._made()
        self._turned = _matrices(self.network)
        self.layout = _layout(self.network, self._turned)
        self._theta: Array = np.empty(0)
        self._grad: Array = np.empty(0)
        self._try(int(dataset.about["classes"]))

    def init(self, rng: np.random.Generator) -> Array:
        """Return the parameters of a new network, from PyTorch's generator seeded by ``rng``."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(rng.integers(2**63)))
            network = self._made()
        theta = aligned_array(self.size, self.dtype)
        for view, parameter in zip(self._tensors(theta), network.parameters(), strict=True):
            view.copy_(parameter.detach())
        return theta

    def loss_and_grad(self, theta: Array, batch: IntArray, grad: Array) -> float:
        """Return the mean loss over a mini-batch and write its gradient."""
        self._bind(theta)
        if grad is not self._grad:
            views = zip(self.network.parameters(), self._tensors(grad), strict=True)
            for parameter, view in views:
                parameter.grad = view
            self._grad = grad
        grad[...] = 0.0  # what backward() adds to
        self.network.train()
        rows = torch.from_numpy(batch)
        loss = nn.functional.cross_entropy(
            self.network(self._inputs["train"][rows]), self._labels["train"][rows]
        )
        loss.backward()
        return float(loss.detach())

    def evaluate(self, theta: Array, split: str) -> dict[str, float]:
        """Return loss and accuracy over a split."""
        loss, hits = self._evaluated(theta, split)
        return {"loss": loss / len(hits), "accuracy": float(hits.mean())}

    def correct(self, theta: Array, split: str) -> NDArray[np.bool_]:
        """Return for each example of a split whether its class is the most likely one."""
        return self._evaluated(theta, split)[1]

    def _evaluated(self, theta: Array, split: str) -> tuple[float, NDArray[np.bool_]]:
        """Return the summed loss over a split, and for each example whether it is right."""
        self._check_split(split)
        self._bind(theta)
        self.network.eval()
        loss, hits, labels = 0.0, [], self._labels[split]
        with torch.inference_mode():
            for start in range(0, len(labels), EVALUATION_BATCH):
                part = slice(start, start + EVALUATION_BATCH)
                scores = self.network(self._inputs[split][part])
                losses = nn.functional.cross_entropy(scores, labels[part], reduction="none")
                loss += float(losses.sum(dtype=torch.float64))
                hits.append((scores.argmax(dim=1) == labels[part]).numpy())
        return loss, np.concatenate(hits)

    def _made(self) -> nn.Module:
        try:
            # first float32, so that both types draw the same numbers
            network = self.network_class(**self._settings)
            lazy = nn.parameter.UninitializedParameter
            if any(isinstance(parameter, lazy) for parameter in network.parameters()):
                with torch.no_grad():  # lazy layers have their sizes from the first examples
                    network(self._inputs["train"][:2].float())
            return network.to(self._real)
        except (TypeError, ValueError, RuntimeError) as error:
            raise ValueError(f"{type(self).__name__} cannot be made: {error}") from error

    def _examples(self, inputs: Array) -> torch.Tensor:
        examples = torch.from_numpy(inputs.astype(self.dtype, copy=False))
        return examples[:, None] if examples.ndim == 3 else examples

    def _bind(self, theta: Array) -> None:
        """Make the tensors of the network views of ``theta``."""
        if theta is not self._theta:
            views = zip(self.network.parameters(), self._tensors(theta), strict=True)
            for parameter, view in views:
                parameter.data = view
            self._theta = theta

    def _tensors(self, flat: Array) -> list[torch.Tensor]:
        """Return the blocks of a flat vector as the network has them, without a copy."""
        blocks = torch.from_numpy(flat)
        views = {
            name: blocks[self.layout.slices[name]].view(shape)
            for name, shape in self.layout.shapes.items()
        }
        return [view.T if name in self._turned else view for name, view in views.items()]

    def _try(self, classes: int) -> None:
        """Check the network: take the gradient of two examples twice."""
        name, batch = type(self).__name__, np.arange(min(2, self.examples))
        theta, grad = self.init(np.random.default_rng(0)), np.empty(self.size, self.dtype)
        before = {key: buffer.clone() for key, buffer in self.network.named_buffers()}
        try:
            self._bind(theta)
            scores = self.network(self._inputs["train"][: len(batch)])
            losses = [self.loss_and_grad(theta, batch, grad) for _ in range(2)]
        except (TypeError, ValueError, RuntimeError, IndexError) as error:
            shape = tuple(self._inputs["train"].shape[1:])
            raise ValueError(
                f"{name} cannot take mini-batches of examples of shape {shape}: {error}"
            ) from error
        if scores.shape != (len(batch), classes):
            raise ValueError(
                f"{name} must return a logit for each of {classes} classes, of shape "
                f"({len(batch)}, {classes}) for {len(batch)} examples. "
                f"Received: {tuple(scores.shape)}"
            )
        if losses[0] != losses[1]:
            raise ValueError(
                f"{name} must return the same for the same examples. Received: losses of "
                f"{losses[0]:.6g} and {losses[1]:.6g}; leave out dropout, whose random numbers no "
                "seed of a study decides"
            )
        for key, buffer in self.network.named_buffers():
            if not torch.equal(buffer, before[key]):
                raise ValueError(
                    f"{name} must keep nothing between mini-batches. Received: a changed buffer "
                    f"{key}; of batch normalisation set track_running_stats=False, or take "
                    "GroupNorm"
                )


def problem_of(network: type[Any]) -> type[TorchProblem]:
    """Return the problem of training a network.

    Parameters
    ----------
    network : type
        A subclass of ``torch.nn.Module`` that gives a logit for each class. The arguments of its
        constructor are the settings of the problem, beside ``mini_batch`` and ``dtype``.

    Returns
    -------
    type
        A subclass of :class:`TorchProblem`, of the network's name and module.

    Raises
    ------
    TypeError
        If it is no network.
    ValueError
        If an argument has the name of a setting of the problem's own.
    """
    if not issubclass(network, nn.Module):
        raise TypeError(f"{network.__name__} must be a torch.nn.Module. Received: {network!r}")
    arguments = list(inspect.signature(network).parameters.values())
    settings = [p for p in arguments if p.kind in {p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY}]
    own = list(inspect.signature(TorchProblem.__init__).parameters.values())[:-1]
    for parameter in settings:
        if parameter.name in {p.name for p in own}:
            raise ValueError(
                f"an argument of {network.__name__} must have a name that no setting of a problem "
                f"has. Received: {parameter.name}"
            )
    keywords = [p.replace(kind=p.KEYWORD_ONLY) for p in settings]

    def construct(self: TorchProblem, name: str, dataset: Dataset, **given: Any) -> None:
        TorchProblem.__init__(self, name, dataset, **given)

    construct.__signature__ = inspect.Signature([*own, *keywords])  # type: ignore[attr-defined]
    construct.__annotations__ = _types(TorchProblem) | _types(network)
    return type(
        network.__name__,
        (TorchProblem,),
        {
            "__init__": construct,
            "__module__": network.__module__,
            "__doc__": network.__doc__,
            "network_class": network,
            "title": getattr(network, "title", None),
        },
    )


def _types(cls: type[Any]) -> dict[str, Any]:
    """Return the types of a constructor's arguments; none where a name cannot be read."""
    try:
        return typing.get_type_hints(cls.__init__)
    except NameError:  # a name that exists for the type checker only
        return {}


def _layout(network: nn.Module, turned: Collection[str]) -> Layout:
    """Return the names, shapes and kinds of the parameters of a network."""
    shapes, kinds = {}, {}
    owners = dict(network.named_modules())
    linear = [name for name, module in owners.items() if isinstance(module, nn.Linear)]
    for name, parameter in network.named_parameters():
        owner, _, own_name = name.rpartition(".")
        shape = tuple(parameter.shape)
        shapes[name] = shape[::-1] if name in turned else shape
        if isinstance(owners[owner], nn.Embedding):
            kinds[name] = "embedding"
        elif isinstance(owners[owner], NORMS) and own_name == "weight":
            kinds[name] = "gain"
        elif linear and owner == linear[-1] and own_name == "weight":
            kinds[name] = "output"
    return Layout(shapes, kinds)


def _matrices(network: nn.Module) -> list[str]:
    """Return the parameters that PyTorch has as (outputs, inputs)."""
    owners = dict(network.named_modules())
    return [
        name
        for name, parameter in network.named_parameters()
        if parameter.ndim == 2 and not isinstance(owners[name.rpartition(".")[0]], nn.Embedding)
    ]
