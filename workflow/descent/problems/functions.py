"""Test functions: value and gradient over any leading axes, known minima, usual starts.

A point is the last axis of an array: ``function.value(x)`` takes ``x`` of shape (..., n) and
returns shape (...), so that a grid for a contour plot, a path, or a thousand starts are one call.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np

from descent.arrays import Array


class Function(ABC):
    """A smooth function of n variables whose minima are known.

    Attributes
    ----------
    dimension : int
        The number of variables, n.
    minimum : float
        The least value.
    minima : ndarray of shape (m, n)
        All points where it is taken.
    start : ndarray of shape (n,)
        Where optimizers usually start.
    domain : tuple of float
        Low and high end, the same for each variable, of the box that is drawn and from which
        random starts come.
    """

    dimension: int
    minimum: float
    minima: Array
    start: Array
    domain: tuple[float, float]

    def _describe(
        self,
        *,
        minima: Sequence[Sequence[float]],
        start: Sequence[float],
        domain: tuple[float, float],
        minimum: float = 0.0,
    ) -> None:
        self.minima = np.array(minima, dtype=np.float64)
        self.dimension = self.minima.shape[1]
        self.minimum = minimum
        self.start = np.array(start, dtype=np.float64)
        self.domain = domain

    @abstractmethod
    def value(self, x: Array) -> Array:
        """Return the value at each point.

        Parameters
        ----------
        x : ndarray of shape (..., n)
            Points.

        Returns
        -------
        ndarray of shape (...)
            Values.
        """

    @abstractmethod
    def gradient(self, x: Array) -> Array:
        """Return the gradient at each point.

        Parameters
        ----------
        x : ndarray of shape (..., n)
            Points.

        Returns
        -------
        ndarray of shape (..., n)
            Gradients.
        """

    def distance(self, x: Array) -> Array:
        """Return the Euclidean distance of each point to the nearest minimum, shape (...)."""
        gaps = np.asarray(x)[..., None, :] - self.minima  # (..., m, n)
        nearest: Array = np.sqrt(np.min(np.sum(gaps * gaps, axis=-1), axis=-1))
        return nearest


def _checked_dimension(function: str, dimension: object, least: int) -> int:
    if isinstance(dimension, bool) or not isinstance(dimension, int) or dimension < least:
        raise ValueError(
            f"{function}: dimension must be an integer >= {least}. Received: {dimension!r}"
        )
    return dimension


class Parabola(Function):
    """The quadratic of one variable: ``f(x) = x**2``."""

    def __init__(self) -> None:
        self._describe(minima=[[0.0]], start=[5.0], domain=(-6.0, 6.0))

    def value(self, x: Array) -> Array:
        """Return x**2."""
        return x[..., 0] ** 2

    def gradient(self, x: Array) -> Array:
        """Return 2 x."""
        return 2.0 * x


class Quadratic(Function):
    """An ill-conditioned quadratic along the axes.

    ``f(x) = sum(curvature * x**2) / 2``, the curvatures evenly spaced on a log scale from 1 to the
    condition number.

    Parameters
    ----------
    dimension : int, default 2
        At least 1.
    condition_number : float, default 100
        Largest curvature over the smallest, range ``[1, inf)``.
    """

    def __init__(self, dimension: int = 2, condition_number: float = 100.0) -> None:
        n = _checked_dimension("quadratic", dimension, 1)
        if not 1.0 <= condition_number < math.inf:
            raise ValueError(
                f"quadratic: condition_number must be in [1, inf). Received: {condition_number!r}"
            )
        self.curvature: Array = np.geomspace(1.0, condition_number, n)
        self._describe(minima=[[0.0] * n], start=[1.0] * n, domain=(-1.5, 1.5))

    def value(self, x: Array) -> Array:
        """Return half the sum of curvature * x**2."""
        value: Array = 0.5 * np.sum(self.curvature * x * x, axis=-1)
        return value

    def gradient(self, x: Array) -> Array:
        """Return curvature * x."""
        return self.curvature * x


class Rosenbrock(Function):
    """The curved valley: ``sum(100 (x[i+1] - x[i]**2)**2 + (1 - x[i])**2)``.

    From four variables on there is a second, local minimum near (-1, 1, ..., 1).

    Parameters
    ----------
    dimension : int, default 2
        At least 2.

    References
    ----------
    H. H. Rosenbrock, "An automatic method for finding the greatest or least value of a function",
    The Computer Journal 3, 1960.
    """

    def __init__(self, dimension: int = 2) -> None:
        n = _checked_dimension("rosenbrock", dimension, 2)
        start = [-1.2 if i % 2 == 0 else 1.0 for i in range(n)]
        self._describe(minima=[[1.0] * n], start=start, domain=(-2.0, 3.0))

    def value(self, x: Array) -> Array:
        """Return the value."""
        here, following = x[..., :-1], x[..., 1:]
        value: Array = np.sum(100.0 * (following - here**2) ** 2 + (1.0 - here) ** 2, axis=-1)
        return value

    def gradient(self, x: Array) -> Array:
        """Return the gradient."""
        here, following = x[..., :-1], x[..., 1:]
        off_valley = following - here**2
        gradient = np.zeros_like(x)
        gradient[..., :-1] = -400.0 * here * off_valley - 2.0 * (1.0 - here)
        gradient[..., 1:] += 200.0 * off_valley
        return gradient


class Beale(Function):
    """Flat plateaus with sharp ridges: ``sum((c[k] - x (1 - y**k))**2)``, k = 1, 2, 3."""

    _C = (1.5, 2.25, 2.625)

    def __init__(self) -> None:
        self._describe(minima=[[3.0, 0.5]], start=[1.0, 1.0], domain=(-4.5, 4.5))

    def value(self, point: Array) -> Array:
        """Return the value."""
        x, y = point[..., 0], point[..., 1]
        value = np.zeros_like(x)
        for k, c in enumerate(self._C, 1):
            value += (c - x * (1.0 - y**k)) ** 2
        return value

    def gradient(self, point: Array) -> Array:
        """Return the gradient."""
        x, y = point[..., 0], point[..., 1]
        gradient = np.zeros_like(point)
        for k, c in enumerate(self._C, 1):
            residual = c - x * (1.0 - y**k)
            gradient[..., 0] -= 2.0 * residual * (1.0 - y**k)
            gradient[..., 1] += 2.0 * residual * x * k * y ** (k - 1)
        return gradient


class Himmelblau(Function):
    """Four equal minima: ``(x**2 + y - 11)**2 + (x + y**2 - 7)**2``."""

    def __init__(self) -> None:
        self._describe(
            minima=[
                [3.0, 2.0],
                [-2.805118086952745, 3.131312518250573],
                [-3.779310253377747, -3.2831859912861696],
                [3.5844283403304917, -1.8481265269644036],
            ],
            start=[0.0, 0.0],
            domain=(-5.0, 5.0),
        )

    def value(self, point: Array) -> Array:
        """Return the value."""
        x, y = point[..., 0], point[..., 1]
        return (x**2 + y - 11.0) ** 2 + (x + y**2 - 7.0) ** 2

    def gradient(self, point: Array) -> Array:
        """Return the gradient."""
        x, y = point[..., 0], point[..., 1]
        a, b = x**2 + y - 11.0, x + y**2 - 7.0
        return np.stack([4.0 * x * a + 2.0 * b, 2.0 * a + 4.0 * y * b], axis=-1)


class Booth(Function):
    """A mild quadratic off the axes: ``(x + 2 y - 7)**2 + (2 x + y - 5)**2``."""

    def __init__(self) -> None:
        self._describe(minima=[[1.0, 3.0]], start=[-5.0, -5.0], domain=(-10.0, 10.0))

    def value(self, point: Array) -> Array:
        """Return the value."""
        x, y = point[..., 0], point[..., 1]
        return (x + 2.0 * y - 7.0) ** 2 + (2.0 * x + y - 5.0) ** 2

    def gradient(self, point: Array) -> Array:
        """Return the gradient."""
        x, y = point[..., 0], point[..., 1]
        a, b = x + 2.0 * y - 7.0, 2.0 * x + y - 5.0
        return np.stack([2.0 * a + 4.0 * b, 4.0 * a + 2.0 * b], axis=-1)


class Matyas(Function):
    """A quadratic whose valley lies on the diagonal: ``0.26 (x**2 + y**2) - 0.48 x y``."""

    def __init__(self) -> None:
        self._describe(minima=[[0.0, 0.0]], start=[8.0, -6.0], domain=(-10.0, 10.0))

    def value(self, point: Array) -> Array:
        """Return the value."""
        x, y = point[..., 0], point[..., 1]
        return 0.26 * (x**2 + y**2) - 0.48 * x * y

    def gradient(self, point: Array) -> Array:
        """Return the gradient."""
        gradient: Array = 0.52 * point - 0.48 * point[..., ::-1]
        return gradient


class ThreeHumpCamel(Function):
    """Two local minima beside the global one: ``2 x**2 - 1.05 x**4 + x**6/6 + x y + y**2``."""

    def __init__(self) -> None:
        self._describe(minima=[[0.0, 0.0]], start=[-2.0, 1.5], domain=(-2.5, 2.5))

    def value(self, point: Array) -> Array:
        """Return the value."""
        x, y = point[..., 0], point[..., 1]
        value: Array = 2.0 * x**2 - 1.05 * x**4 + x**6 / 6.0 + x * y + y**2
        return value

    def gradient(self, point: Array) -> Array:
        """Return the gradient."""
        x, y = point[..., 0], point[..., 1]
        return np.stack([4.0 * x - 4.2 * x**3 + x**5 + y, x + 2.0 * y], axis=-1)


class GoldsteinPrice(Function):
    """A product of two polynomials, six orders of magnitude from the minimum 3 to the corners.

    ``(1 + s**2 p) (30 + t**2 q)`` with ``s = x + y + 1`` and ``t = 2 x - 3 y``.

    References
    ----------
    A. A. Goldstein and J. F. Price, "On descent from local minima", Mathematics of Computation 25,
    1971.
    """

    def __init__(self) -> None:
        self._describe(minima=[[0.0, -1.0]], minimum=3.0, start=[-1.5, 0.5], domain=(-2.0, 2.0))

    def value(self, point: Array) -> Array:
        """Return the value."""
        first, second, *_ = self._factors(point)
        return first * second

    def gradient(self, point: Array) -> Array:
        """Return the gradient."""
        first, second, first_x, first_y, second_x, second_y = self._factors(point)
        return np.stack(
            [first_x * second + first * second_x, first_y * second + first * second_y], axis=-1
        )

    @staticmethod
    def _factors(point: Array) -> tuple[Array, ...]:
        """Return the two factors, then their derivatives by x and y."""
        x, y = point[..., 0], point[..., 1]
        s = x + y + 1.0
        p = 19.0 - 14.0 * (x + y) + 3.0 * (x + y) ** 2
        first_x = 2.0 * s * p + s**2 * (-14.0 + 6.0 * (x + y))
        t = 2.0 * x - 3.0 * y
        q = 18.0 - 32.0 * x + 48.0 * y + 12.0 * x**2 - 36.0 * x * y + 27.0 * y**2
        second_x = 4.0 * t * q + t**2 * (-32.0 + 24.0 * x - 36.0 * y)
        second_y = -6.0 * t * q + t**2 * (48.0 - 36.0 * x + 54.0 * y)
        return 1.0 + s**2 * p, 30.0 + t**2 * q, first_x, first_x, second_x, second_y


class StyblinskiTang(Function):
    """A separable quartic with 2**n minima, one of them global: ``sum(x**4 - 16 x**2 + 5 x) / 2``.

    Parameters
    ----------
    dimension : int, default 2
        At least 1.
    """

    _BEST = -2.9035340277711783  # the least root of 4 x**3 - 32 x + 5

    def __init__(self, dimension: int = 2) -> None:
        n = _checked_dimension("styblinski_tang", dimension, 1)
        x = self._BEST
        self._describe(
            minima=[[x] * n],
            minimum=n * (x**4 - 16.0 * x**2 + 5.0 * x) / 2.0,
            start=[-0.5 if i % 2 == 0 else 0.1 for i in range(n)],
            domain=(-5.0, 5.0),
        )

    def value(self, x: Array) -> Array:
        """Return the value."""
        value: Array = 0.5 * np.sum(x**4 - 16.0 * x**2 + 5.0 * x, axis=-1)
        return value

    def gradient(self, x: Array) -> Array:
        """Return 2 x**3 - 16 x + 5/2."""
        return 2.0 * x**3 - 16.0 * x + 2.5


class Rastrigin(Function):
    """A bowl full of dents, one at each integer point: ``sum(10 + x**2 - 10 cos(2 pi x))``.

    Parameters
    ----------
    dimension : int, default 2
        At least 1.
    """

    def __init__(self, dimension: int = 2) -> None:
        n = _checked_dimension("rastrigin", dimension, 1)
        start = [-3.8 if i % 2 == 0 else 2.7 for i in range(n)]
        self._describe(minima=[[0.0] * n], start=start, domain=(-5.12, 5.12))

    def value(self, x: Array) -> Array:
        """Return the value."""
        value: Array = np.sum(x**2 + 10.0 * (1.0 - np.cos(2.0 * np.pi * x)), axis=-1)
        return value

    def gradient(self, x: Array) -> Array:
        """Return 2 x + 20 pi sin(2 pi x)."""
        gradient: Array = 2.0 * x + 20.0 * np.pi * np.sin(2.0 * np.pi * x)
        return gradient


class Ackley(Function):
    """A plain of ripples around one funnel.

    ``20 (1 - exp(-0.2 r)) + e - exp(mean(cos(2 pi x)))`` with ``r = sqrt(mean(x**2))``. The funnel
    ends in a kink: at the minimum the gradient does not exist and is given as 0.

    Parameters
    ----------
    dimension : int, default 2
        At least 1.
    """

    def __init__(self, dimension: int = 2) -> None:
        n = _checked_dimension("ackley", dimension, 1)
        start = [-2.6 if i % 2 == 0 else 1.7 for i in range(n)]
        self._describe(minima=[[0.0] * n], start=start, domain=(-5.0, 5.0))

    def value(self, x: Array) -> Array:
        """Return the value."""
        r = np.sqrt(np.mean(x * x, axis=-1))
        ripples = np.mean(np.cos(2.0 * np.pi * x), axis=-1)
        # expm1 keeps the digits near the minimum, where the terms cancel.
        value: Array = -20.0 * np.expm1(-0.2 * r) - np.e * np.expm1(ripples - 1.0)
        return value

    def gradient(self, x: Array) -> Array:
        """Return the gradient."""
        n = x.shape[-1]
        r = np.sqrt(np.mean(x * x, axis=-1, keepdims=True))
        outward = np.divide(x, r, out=np.zeros_like(x), where=r > 0)
        ripples = np.exp(np.mean(np.cos(2.0 * np.pi * x), axis=-1, keepdims=True))
        gradient: Array = 4.0 * np.exp(-0.2 * r) * outward / n
        gradient += 2.0 * np.pi * np.sin(2.0 * np.pi * x) * ripples / n
        return gradient


class Saddle(Function):
    """A saddle between two minima: ``x**2 - y**2 + y**4 / 2``.

    Like ``x**2 - y**2`` at the origin, but bounded: the minima are at (0, 1) and (0, -1). A start
    on the ridge ``y = 0`` never leaves it; the usual start is slightly off it.
    """

    def __init__(self) -> None:
        self._describe(
            minima=[[0.0, 1.0], [0.0, -1.0]],
            minimum=-0.5,
            start=[-1.5, 1e-3],
            domain=(-2.0, 2.0),
        )

    def value(self, point: Array) -> Array:
        """Return the value."""
        x, y = point[..., 0], point[..., 1]
        return x**2 - y**2 + 0.5 * y**4

    def gradient(self, point: Array) -> Array:
        """Return the gradient."""
        x, y = point[..., 0], point[..., 1]
        return np.stack([2.0 * x, -2.0 * y + 2.0 * y**3], axis=-1)


#: Every test function, by the name that a config uses.
FUNCTIONS: dict[str, type[Function]] = {
    "parabola": Parabola,
    "quadratic": Quadratic,
    "rosenbrock": Rosenbrock,
    "beale": Beale,
    "himmelblau": Himmelblau,
    "booth": Booth,
    "matyas": Matyas,
    "three_hump_camel": ThreeHumpCamel,
    "goldstein_price": GoldsteinPrice,
    "styblinski_tang": StyblinskiTang,
    "rastrigin": Rastrigin,
    "ackley": Ackley,
    "saddle": Saddle,
}


def make_function(name: str, **settings: Any) -> Function:
    """Return a test function by name.

    Parameters
    ----------
    name : str
        One of the keys of ``FUNCTIONS``.
    **settings
        ``dimension`` and ``condition_number``, where the function has them.

    Returns
    -------
    Function
        The function.

    Raises
    ------
    ValueError
        If there is no such function, it has no such setting, or a setting is out of range.
    """
    if name not in FUNCTIONS:
        raise ValueError(f"there is no test function {name!r}. There are: {', '.join(FUNCTIONS)}")
    cls = FUNCTIONS[name]
    code = cls.__init__.__code__
    known = code.co_varnames[1 : code.co_argcount]
    for setting in settings:
        if setting not in known:
            has = ", ".join(known) or "none"
            raise ValueError(f"{name} has no setting {setting!r}. Settings it has: {has}")
    return cls(**settings)
