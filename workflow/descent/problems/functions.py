"""Test functions: value and gradient over any leading axes, known minima, usual starts.

A point is the last axis of an array: ``function.value(x)`` takes ``x`` of shape (..., n) and
returns shape (...), so that a grid for a contour plot, a path, or a thousand starts are one call.
"""

from __future__ import annotations

import inspect
import math
import re
from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np

from descent.arrays import Array
from descent.problems.base import check_count


class Function(ABC):
    """A smooth function of n variables whose minima are known.

    Attributes
    ----------
    title : str
        Display name.
    minimum : float
        The least value.
    minima : ndarray of shape (m, n)
        All points that have it.
    start : ndarray of shape (n,)
        Where optimizers usually start.
    domain : tuple of float
        Low and high end, the same for each variable, of the box that is drawn and from which
        random starts come.
    """

    title: ClassVar[str]
    minimum: float = 0.0
    minima: Array
    start: Array
    domain: tuple[float, float]

    @property
    def dimension(self) -> int:
        """The number of variables, n."""
        return int(self.minima.shape[1])

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


class Parabola(Function):
    """The quadratic of one variable: ``f(x) = x**2``.

    >>> round(Parabola().value(np.array([3.0])).item(), 12)
    9.0
    """

    title = "parabola"
    minima = np.array([[0.0]])
    start = np.array([5.0])
    domain = (-6.0, 6.0)

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

    Examples
    --------
    >>> round(Quadratic().value(np.array([1.0, 1.0])).item(), 12)
    50.5
    """

    title = "quadratic function"
    domain = (-1.5, 1.5)

    def __init__(self, dimension: int = 2, condition_number: float = 100.0) -> None:
        n = check_count("quadratic: dimension", dimension)
        if not 1.0 <= condition_number < math.inf:
            raise ValueError(
                f"quadratic: condition_number must be in [1, inf). Received: {condition_number!r}"
            )
        self.curvature: Array = np.geomspace(1.0, condition_number, n)
        self.minima, self.start = np.zeros((1, n)), np.ones(n)

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

    Examples
    --------
    >>> round(Rosenbrock().value(np.array([-1.2, 1.0])).item(), 12)
    24.2

    References
    ----------
    H. H. Rosenbrock, "An automatic method for finding the greatest or least value of a function",
    The Computer Journal 3, 1960.
    """

    title = "Rosenbrock function"
    domain = (-2.0, 3.0)

    def __init__(self, dimension: int = 2) -> None:
        n = check_count("rosenbrock: dimension", dimension, 2)
        self.minima, self.start = np.ones((1, n)), np.resize([-1.2, 1.0], n)

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
    """Flat plateaus with sharp ridges: ``sum((c[k] - x (1 - y**k))**2)``, k = 1, 2, 3.

    >>> round(Beale().value(np.array([1.0, 1.0])).item(), 12)
    14.203125
    """

    _C = (1.5, 2.25, 2.625)

    title = "Beale function"
    minima = np.array([[3.0, 0.5]])
    start = np.array([1.0, 1.0])
    domain = (-4.5, 4.5)

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
    """Four equal minima: ``(x**2 + y - 11)**2 + (x + y**2 - 7)**2``.

    >>> round(Himmelblau().value(np.array([0.0, 0.0])).item(), 12)
    170.0
    """

    title = "Himmelblau function"
    minima = np.array(
        [
            [3.0, 2.0],
            [-2.805118086952745, 3.131312518250573],
            [-3.779310253377747, -3.2831859912861696],
            [3.5844283403304917, -1.8481265269644036],
        ]
    )
    start = np.array([0.0, 0.0])
    domain = (-5.0, 5.0)

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
    """A mild quadratic off the axes: ``(x + 2 y - 7)**2 + (2 x + y - 5)**2``.

    >>> round(Booth().value(np.array([0.0, 0.0])).item(), 12)
    74.0
    """

    title = "Booth function"
    minima = np.array([[1.0, 3.0]])
    start = np.array([-5.0, -5.0])
    domain = (-10.0, 10.0)

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
    """A quadratic whose valley lies on the diagonal: ``0.26 (x**2 + y**2) - 0.48 x y``.

    >>> round(Matyas().value(np.array([1.0, 1.0])).item(), 12)
    0.04
    """

    title = "Matyas function"
    minima = np.array([[0.0, 0.0]])
    start = np.array([8.0, -6.0])
    domain = (-10.0, 10.0)

    def value(self, point: Array) -> Array:
        """Return the value."""
        x, y = point[..., 0], point[..., 1]
        return 0.26 * (x**2 + y**2) - 0.48 * x * y

    def gradient(self, point: Array) -> Array:
        """Return the gradient."""
        gradient: Array = 0.52 * point - 0.48 * point[..., ::-1]
        return gradient


class ThreeHumpCamel(Function):
    """Two local minima beside the global one: ``2 x**2 - 1.05 x**4 + x**6/6 + x y + y**2``.

    >>> round(ThreeHumpCamel().value(np.array([1.0, 1.0])).item(), 12)
    3.116666666667
    """

    title = "three-hump camel function"
    minima = np.array([[0.0, 0.0]])
    start = np.array([-2.0, 1.5])
    domain = (-2.5, 2.5)

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

    >>> points = np.array([[0.0, 0.0], [1.0, 1.0], [-0.6, -0.4], [1.8, 0.2], [1.2, 0.8]])
    >>> GoldsteinPrice().value(points).round(12).tolist()
    [600.0, 1876.0, 30.0, 84.0, 840.0]

    References
    ----------
    A. A. Goldstein and J. F. Price, "On descent from local minima", Mathematics of Computation 25,
    1971.
    """

    title = "Goldstein-Price function"
    minimum = 3.0
    minima = np.array([[0.0, -1.0]])
    start = np.array([-1.5, 0.5])
    domain = (-2.0, 2.0)

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

    Examples
    --------
    >>> round(StyblinskiTang().value(np.array([0.0, 0.0])).item(), 12)
    0.0
    """

    title = "Styblinski-Tang function"
    domain = (-5.0, 5.0)

    def __init__(self, dimension: int = 2) -> None:
        n = check_count("styblinski_tang: dimension", dimension)
        x = -2.9035340277711783  # the least root of 4 x**3 - 32 x + 5
        self.minima, self.start = np.full((1, n), x), np.resize([-0.5, 0.1], n)
        self.minimum = n * (x**4 - 16.0 * x**2 + 5.0 * x) / 2.0

    def value(self, x: Array) -> Array:
        """Return the value."""
        value: Array = 0.5 * np.sum(x**4 - 16.0 * x**2 + 5.0 * x, axis=-1)
        return value

    def gradient(self, x: Array) -> Array:
        """Return 2 x**3 - 16 x + 5/2."""
        return 2.0 * x**3 - 16.0 * x + 2.5


class Rastrigin(Function):
    """A bowl with a local minimum at each integer point: ``sum(10 + x**2 - 10 cos(2 pi x))``.

    Parameters
    ----------
    dimension : int, default 2
        At least 1.

    Examples
    --------
    >>> round(Rastrigin().value(np.array([0.5, 0.0])).item(), 12)
    20.25
    """

    title = "Rastrigin function"
    domain = (-5.12, 5.12)

    def __init__(self, dimension: int = 2) -> None:
        n = check_count("rastrigin: dimension", dimension)
        self.minima, self.start = np.zeros((1, n)), np.resize([-3.8, 2.7], n)

    def value(self, x: Array) -> Array:
        """Return the value."""
        value: Array = np.sum(x**2 + 10.0 * (1.0 - np.cos(2.0 * np.pi * x)), axis=-1)
        return value

    def gradient(self, x: Array) -> Array:
        """Return 2 x + 20 pi sin(2 pi x)."""
        gradient: Array = 2.0 * x + 20.0 * np.pi * np.sin(2.0 * np.pi * x)
        return gradient


class Ackley(Function):
    """A funnel in a plain with many local minima.

    ``20 (1 - exp(-0.2 r)) + e - exp(mean(cos(2 pi x)))`` with ``r = sqrt(mean(x**2))``. The funnel
    ends in a kink: at the minimum the gradient does not exist and is given as 0.

    Parameters
    ----------
    dimension : int, default 2
        At least 1.

    Examples
    --------
    >>> round(Ackley().value(np.array([1.0, 1.0])).item(), 12)  # 20 (1 - exp(-0.2))
    3.62538493844
    """

    title = "Ackley function"
    domain = (-5.0, 5.0)

    def __init__(self, dimension: int = 2) -> None:
        n = check_count("ackley: dimension", dimension)
        self.minima, self.start = np.zeros((1, n)), np.resize([-2.6, 1.7], n)

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

    >>> round(Saddle().value(np.array([0.0, 0.0])).item(), 12)
    0.0
    """

    title = "saddle"
    minimum = -0.5
    minima = np.array([[0.0, 1.0], [0.0, -1.0]])
    start = np.array([-1.5, 1e-3])
    domain = (-2.0, 2.0)

    def value(self, point: Array) -> Array:
        """Return the value."""
        x, y = point[..., 0], point[..., 1]
        return x**2 - y**2 + 0.5 * y**4

    def gradient(self, point: Array) -> Array:
        """Return the gradient."""
        x, y = point[..., 0], point[..., 1]
        return np.stack([2.0 * x, -2.0 * y + 2.0 * y**3], axis=-1)


#: Every test function, by the name that a config uses: ``three_hump_camel`` of ThreeHumpCamel.
FUNCTIONS: dict[str, type[Function]] = {
    re.sub(r"\B(?=[A-Z])", "_", cls.__name__).lower(): cls for cls in Function.__subclasses__()
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
    known = inspect.signature(cls).parameters
    for setting in settings:
        if setting not in known:
            has = ", ".join(known) or "none"
            raise ValueError(f"{name} has no setting {setting!r}. Settings it has: {has}")
    return cls(**settings)
