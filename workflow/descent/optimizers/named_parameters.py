"""Parameters that come as a dict of arrays of any shapes, laid out as one flat vector."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from descent.arrays import Array, Layout

#: ``loss, grads = loss_and_grads(params)`` of one mini-batch.
NamedLossAndGradients: TypeAlias = Callable[[Mapping[str, Array]], tuple[float, Mapping[str, Any]]]


class NamedParameters:
    """The flat vectors behind ``update(params, grads)``, and the checks of its arguments.

    Parameters
    ----------
    params : mapping of str to ndarray
        Arrays of floating-point numbers, of any shapes.

    Attributes
    ----------
    theta, gradient : ndarray of shape (size,)
        All parameters and all gradients, in the widest dtype among the parameters.

    Raises
    ------
    TypeError
        If a parameter is not an array of floats: it could not be updated in place.
    """

    def __init__(self, params: Mapping[str, Array]) -> None:
        for name, value in params.items():
            _check_parameter(name, value)
        self.layout = Layout({name: value.shape for name, value in params.items()})
        self.dtypes = {name: value.dtype for name, value in params.items()}
        dtype = np.result_type(*self.dtypes.values()) if params else np.dtype(float)
        self.theta: Array = np.zeros(self.layout.size, dtype)
        self.gradient: Array = np.zeros(self.layout.size, dtype)

    def gather(self, params: Mapping[str, Array], grads: Mapping[str, Any]) -> None:
        """Copy parameters and gradients into the flat vectors.

        Parameters
        ----------
        params : mapping of str to ndarray
            The names, shapes and dtypes of the first call.
        grads : mapping of str to array_like
            A gradient of real numbers for each parameter, of its shape.

        Raises
        ------
        TypeError
            If a parameter is not an array of floats or a gradient does not hold real numbers.
        ValueError
            If names, shapes or dtypes are not those of the first call, a parameter is read-only,
            or the gradients do not match the parameters one to one.
        """
        shapes = self.layout.shapes
        if set(params) != set(shapes):
            raise ValueError(
                f"this optimizer keeps state for the parameters {_listed(shapes)}; to train others "
                f"make a new optimizer. Received: {_listed(params)}"
            )
        if missing := [name for name in shapes if name not in grads]:
            raise ValueError(f"no gradient for {_listed(missing)}. Received: {_listed(grads)}")
        if extra := [name for name in grads if name not in shapes]:
            raise ValueError(
                f"a gradient for {_listed(extra)}, but no such parameter. "
                f"The parameters are: {_listed(shapes)}"
            )
        gradients = {name: _checked_gradient(name, grads[name], shapes[name]) for name in shapes}
        for name, shape in shapes.items():
            value = params[name]
            _check_parameter(name, value)
            if (value.shape, value.dtype) != (shape, self.dtypes[name]):
                raise ValueError(
                    f"params[{name!r}] was {self.dtypes[name]} of shape {shape} in the first call. "
                    f"Received: {value.dtype} of shape {value.shape}"
                )
            if not value.flags.writeable:
                raise ValueError(f"params[{name!r}] is read-only; pass a copy of it")
        for name, view in self.layout.views(self.theta).items():
            view[...] = params[name]
        for name, view in self.layout.views(self.gradient).items():
            view[...] = gradients[name]

    def flat(self, loss_and_grads: NamedLossAndGradients) -> Callable[[Array, Array], float]:
        """Return a function of named arrays as one of flat vectors, which writes the gradient."""

        def loss_and_gradient(theta: Array, gradient: Array) -> float:
            shaped = self.layout.views(theta)
            loss, grads = loss_and_grads(
                {name: view.astype(self.dtypes[name]) for name, view in shaped.items()}
            )
            for name, view in self.layout.views(gradient).items():
                view[...] = _checked_gradient(name, grads[name], view.shape)
            return float(loss)

        return loss_and_gradient

    def scatter(self, params: Mapping[str, Array]) -> None:
        """Copy the flat parameters back into the arrays they came from."""
        for name, view in self.layout.views(self.theta).items():
            params[name][...] = view


def _check_parameter(name: str, value: object) -> None:
    if not isinstance(value, np.ndarray) or not np.issubdtype(value.dtype, np.floating):
        kind = f"array of {value.dtype}" if isinstance(value, np.ndarray) else type(value).__name__
        raise TypeError(
            f"params[{name!r}] must be an array of floats, to be updated in place; convert it "
            f"with np.asarray(..., dtype=float). Received: {kind}"
        )


def _checked_gradient(name: str, gradient: object, shape: tuple[int, ...]) -> Any:
    array = np.asarray(gradient)
    if not (np.issubdtype(array.dtype, np.floating) or np.issubdtype(array.dtype, np.integer)):
        raise TypeError(f"grads[{name!r}] must hold real numbers. Received: {array.dtype}")
    if array.shape != shape:
        raise ValueError(
            f"grads[{name!r}] must have the shape of its parameter, {shape}. "
            f"Received: {array.shape}"
        )
    return array


def _listed(names: Any) -> str:
    return ", ".join(repr(name) for name in names) or "none"
