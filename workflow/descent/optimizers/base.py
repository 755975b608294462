"""The base of all update rules.

A rule is a dataclass of hyper-parameters with one method, :meth:`Optimizer.direction`, that turns
a gradient into a direction. The step counter, the schedule, clipping, weight decay and the write to
the parameters live here, in :meth:`Optimizer.step`.

Most rules treat every number alike and see one flat vector. A rule that needs more declares it:

==================== ==============================================================================
``blockwise``        :meth:`~Optimizer.direction` sees one weight matrix or bias at a time
``extra_gradients``  ``state.loss_and_gradient`` gives loss and gradient of the mini-batch elsewhere
``evaluation_point`` a method that returns the parameters to evaluate, where they are not theta
``state.task``       the layout of the parameters and the number of steps of the run
==================== ==============================================================================
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, ClassVar, Self, TypeVar

import numpy as np

from descent.arrays import Array, Layout, aligned_array
from descent.foundation.suggestions import nearest
from descent.optimizers.clipping import clip_by_norm, clip_by_value
from descent.optimizers.hyperparameters import check_hyperparameters, hyperparameter
from descent.optimizers.named_parameters import NamedLossAndGradients, NamedParameters
from descent.optimizers.parameter_groups import check_groups, factors_of
from descent.optimizers.schedules import Constant, Schedule
from descent.optimizers.state import State, Task

__all__ = ["CHUNK_BYTES", "FLUSH_INTERVAL", "Optimizer", "State", "Task"]

#: Bytes of each vector that an elementwise rule gets at a time: the handful of vectors that
#: a rule touches then stays in a core's own cache. Measured: 1.6 times faster at 1e6 parameters.
CHUNK_BYTES = 2**19
#: Steps after which the slots are cleared of numbers that are about to underflow.
FLUSH_INTERVAL = 32

Params = TypeVar("Params", bound=Mapping[str, Array])


@dataclass
class Optimizer(ABC):
    """Base of all update rules.

    A subclass declares its hyper-parameters as fields, its slots, and :meth:`direction`.

    Parameters
    ----------
    learning_rate : float
        Range ``[0, inf)``.
    schedule : Schedule, default Constant()
        Factor on the learning rate by step.
    weight_decay : float, default 0
        Range ``[0, inf)``. L2: ``g <- g + weight_decay * theta`` before the rule sees the gradient;
        with ``decoupled_weight_decay``: ``theta <- (1 - lr * weight_decay) * theta`` first.
    decoupled_weight_decay : bool, default False
        Which of the two.
    clip_norm : float or None, default None
        Largest Euclidean norm of the gradient, range ``(0, inf)``; applied before weight decay.
    clip_value : float or None, default None
        Largest absolute value of a component, range ``(0, inf)``; applied before ``clip_norm``.
    groups : mapping of str to mapping, default {}
        By kind of parameter (one of :data:`descent.arrays.KINDS`), factors ``weight_decay`` and
        ``learning_rate``, range ``[0, inf)``: ``{"bias": {"weight_decay": 0}}`` decays no bias.
        The factor of the learning rate is one of the step that the rule takes.

    Raises
    ------
    TypeError, ValueError
        If a hyper-parameter is not of its type or is out of range; the message names it, its range
        and what was received.

    Notes
    -----
    Arithmetic between hyper-parameters is done in Python floats; the arrays keep their dtype.
    """

    #: What readers call the rule; empty if it is the name of the class.
    title: ClassVar[str] = ""
    #: The slots, each with its initial value or the name of the hyper-parameter that sets it.
    slots: ClassVar[Mapping[str, float | str]] = {}
    #: Initial values of running scalars.
    scalars: ClassVar[Mapping[str, float]] = {}
    #: How many scratch vectors :meth:`direction` gets as ``state.work``; there is always one.
    work_arrays: ClassVar[int] = 1
    #: True if :meth:`direction` treats every component on its own and leaves the scalars alone;
    #: it may then be handed a long gradient chunk by chunk.
    elementwise: ClassVar[bool] = False
    #: True if :meth:`direction` gets one weight matrix or bias at a time, in its shape, and
    #: each block has a state of its own: slots and scratch space of its shape, name and kind.
    blockwise: ClassVar[bool] = False
    #: True if a step takes losses and gradients of its mini-batch at other points.
    extra_gradients: ClassVar[bool] = False
    #: Named forms of the rule in other libraries, as hyper-parameters of this one.
    flavours: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    #: The schedule that belongs to the rule, as a config entry; None if it takes that of a study.
    own_schedule: ClassVar[Mapping[str, Any] | None] = None
    #: The rule's typical learning rate: the middle of a log grid.
    learning_rate_centre: ClassVar[float] = 1e-3

    learning_rate: float = hyperparameter(1e-3, "[0, inf)")
    _: KW_ONLY
    schedule: Schedule = field(default_factory=Constant)
    weight_decay: float = hyperparameter(0.0, "[0, inf)")
    decoupled_weight_decay: bool = False
    clip_norm: float | None = hyperparameter(None, "(0, inf)")
    clip_value: float | None = hyperparameter(None, "(0, inf)")
    groups: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_hyperparameters(self)
        self.groups = check_groups(self.groups)
        if not isinstance(self.schedule, Schedule):
            raise TypeError(f"schedule must be a Schedule. Received: {self.schedule!r}")
        self._named: NamedParameters | None = None
        self._state: State | None = None

    @classmethod
    def flavour(cls, library: str, **hyperparameters: Any) -> Self:
        """Return the rule in the exact form, and with the defaults, of another library.

        Parameters
        ----------
        library : str
            One of the keys of ``flavours``.
        **hyperparameters
            Hyper-parameters that differ from that library's defaults.

        Returns
        -------
        Optimizer
            The rule.

        Raises
        ------
        ValueError
            If the rule has no such flavour; the message lists those it has.
        """
        if library not in cls.flavours:
            hint = nearest(library, sorted(cls.flavours))
            raise ValueError(f"{cls.__name__} has no flavour {library!r}. {hint}")
        return cls(**{**cls.flavours[library], **hyperparameters})

    @abstractmethod
    def direction(self, g: Array, state: State) -> Array:
        """Turn a gradient into the direction of the step.

        Parameters
        ----------
        g : ndarray of shape (n,), or of a block's shape
            The gradient; must not be written to.
        state : State
            The rule's memory, to be updated in place. ``state.step`` is the paper's t. A rule
            whose step is not ``learning_rate * direction`` sets ``state.step_size``.

        Returns
        -------
        ndarray of the shape of g
            The direction d of ``theta <- theta - step_size * d``: ``g`` itself, a slot, or one of
            ``state.work``. It is only read.
        """

    def advance(self, state: State) -> None:  # noqa: B027
        """Update the running scalars, once a step and before :meth:`direction`.

        Parameters
        ----------
        state : State
            ``state.step`` is already that of the current step.
        """

    def initial_slots(self) -> dict[str, float]:
        """Return the slots to allocate and the value that each starts from.

        Returns
        -------
        dict of str to float
            The table ``slots``, with names of hyper-parameters replaced by their values. A rule
            that needs a slot only for some hyper-parameters overrides this.
        """
        return {
            name: getattr(self, value) if isinstance(value, str) else value
            for name, value in self.slots.items()
        }

    def block_slots(self, shape: tuple[int, ...], kind: str) -> dict[str, tuple[int, ...]]:
        """Return the slots of one block and their shapes, for a blockwise rule.

        Parameters
        ----------
        shape : tuple of int
            Shape of the block; a weight matrix is (inputs, outputs).
        kind : str
            One of :data:`descent.arrays.KINDS`.

        Returns
        -------
        dict of str to tuple of int
            By default every slot of the table ``slots``, in the block's shape. A slot that is not
            in the table starts from zero.
        """
        del kind
        return dict.fromkeys(self.initial_slots(), shape)

    @property
    def decay_in_direction(self) -> bool:
        """True if :meth:`direction` applies ``state.weight_decay`` itself and the base must not."""
        return False

    def evaluation_point(self, theta: Array, state: State) -> Array:
        """Return the parameters at which the problem is evaluated; they are only read.

        Parameters
        ----------
        theta : ndarray of shape (n,)
            The parameters at which gradients are taken.
        state : State
            The state.

        Returns
        -------
        ndarray of shape (n,)
            ``theta`` itself, unless the rule reports an average or the like.
        """
        del state
        return theta

    def remarks(self, state: State) -> list[str]:
        """Return what a reader must know of how the rule ran, in sentences; usually nothing.

        Parameters
        ----------
        state : State
            What :meth:`init` returned for the run.
        """
        del state
        return []

    def init(self, theta: Array, task: Task | None = None) -> State:
        """Allocate the state for parameters like ``theta``.

        Parameters
        ----------
        theta : ndarray of shape (n,)
            A flat vector of float32 or float64.
        task : Task, optional
            The blocks of the parameters and the length of the run; by default one block, and a
            length that is not known.

        Returns
        -------
        State
            Arrays of the shape and dtype of ``theta``.

        Raises
        ------
        TypeError
            If ``theta`` is not an array of floating-point numbers.
        ValueError
            If it is not one-dimensional, the layout is of another length, or the schedule needs
            the length of the run and it is not known.
        """
        if not isinstance(theta, np.ndarray) or not np.issubdtype(theta.dtype, np.floating):
            kind = getattr(theta, "dtype", type(theta).__name__)
            raise TypeError(f"parameters must be an array of floats. Received: {kind}")
        if theta.ndim != 1:
            raise ValueError(f"parameters must be a flat vector. Received shape: {theta.shape}")
        task = task or Task(Layout({"theta": theta.shape}, kinds={"theta": "other"}))
        if task.layout.size != theta.size:
            raise ValueError(
                f"the layout must have as many parameters as theta, {theta.size}. "
                f"Received: {task.layout.size}"
            )
        state = State(
            slots={},
            scalars=dict(self.scalars),
            work=[],
            task=task,
            schedule=self.schedule.over(task.steps),
        )
        if self.groups:
            state.decay_factors = factors_of(self.groups, "weight_decay", theta, task.layout)
            state.rate_factors = factors_of(self.groups, "learning_rate", theta, task.layout)
        if self.blockwise:
            self._allocate_blocks(theta, state, task.layout)
        else:
            room = min(theta.size, self._chunk_size(theta))
            state.slots = {
                name: aligned_array(theta.size, theta.dtype, fill=value)
                for name, value in self.initial_slots().items()
            }
            state.work = self._work(room, theta)
        return state

    def _allocate_blocks(self, theta: Array, state: State, layout: Layout) -> None:
        start = self.initial_slots()
        for name, shape in layout.shapes.items():
            kind, stretch = layout.kinds[name], layout.slices[name]
            slots = {
                key: aligned_array(extent, theta.dtype, fill=start.get(key, 0.0))
                for key, extent in self.block_slots(shape, kind).items()
            }
            state.slots |= {f"{key}.{name}": array for key, array in slots.items()}
            block = State(
                slots=slots,
                scalars=state.scalars,
                work=self._work(shape, theta),
                task=state.task,
                name=name,
                kind=kind,
            )
            if self.groups:
                factors = self.groups.get(kind, {})
                block.decay_factors = factors.get("weight_decay", 1.0)
                block.rate_factors = factors.get("learning_rate", 1.0)
            state.blocks.append((stretch, block))

    def _work(self, shape: int | tuple[int, ...], theta: Array) -> list[Array]:
        return [aligned_array(shape, theta.dtype) for _ in range(max(1, self.work_arrays) + 1)]

    def restore(self, theta: Array, mapping: Mapping[str, Any], task: Task | None = None) -> State:
        """Return the state that ``state.to_mapping()`` described, to go on from it.

        Parameters
        ----------
        theta : ndarray of shape (n,)
            The parameters as they were when the state was saved.
        mapping : mapping of str to ndarray, float or int
            ``step``, ``slots.<name>`` and ``scalars.<name>``.
        task : Task, optional
            As for :meth:`init`.

        Returns
        -------
        State
            A state of its own; steps taken with it have the same bits as if nothing had happened.

        Raises
        ------
        ValueError
            If the mapping is not a state of this rule for such parameters.
        """
        state = self.init(theta, task)
        state.load(mapping)
        return state

    def step(self, theta: Array, gradient: Array, state: State) -> None:
        """Take one step: update ``theta`` and ``state`` in place; ``gradient`` is only read.

        Parameters
        ----------
        theta : ndarray of shape (n,)
            The parameters.
        gradient : ndarray of shape (n,)
            The gradient of the loss at ``theta``.
        state : State
            The state that :meth:`init` returned.

        Raises
        ------
        ValueError
            If the gradient has another shape than the parameters, or the rule needs gradients at
            other points and ``state.loss_and_gradient`` is not set.
        """
        if gradient.shape != theta.shape:
            raise ValueError(
                f"gradient must have the shape of the parameters, {theta.shape}. "
                f"Received: {gradient.shape}"
            )
        if self.extra_gradients and state.loss_and_gradient is None:
            raise ValueError(
                f"{type(self).__name__} takes losses and gradients at other points: set "
                "state.loss_and_gradient, or hand update() a function loss_and_grads"
            )
        state.step += 1
        state.learning_rate = self.learning_rate * state.schedule(state.step - 1)
        state.theta = theta.view()
        state.theta.flags.writeable = False
        self._move(theta, gradient, state)
        if state.step % FLUSH_INTERVAL == 0:
            state.flush_underflow()

    def _move(self, theta: Array, gradient: Array, state: State) -> None:
        """Move the parameters, once the step is counted and its learning rate is known."""
        self.advance(state)
        g = self._clipped(gradient, state)
        size, chunk = theta.size, self._chunk_size(theta)
        if self.blockwise:
            self._write_blocks(theta, g, state)
        elif size <= chunk:
            self._write(theta, g, state)
        else:
            for start in range(0, size, chunk):
                stretch = slice(start, min(start + chunk, size))
                self._write(theta[stretch], g[stretch], state.piece(stretch))

    def update(
        self,
        params: Params,
        grads: Mapping[str, Any],
        loss_and_grads: NamedLossAndGradients | None = None,
    ) -> Params:
        """Take one step on named arrays of any shapes, in place.

        The state is allocated at the first call and kept on the optimizer.

        Parameters
        ----------
        params : mapping of str to ndarray
            Weights, biases, ...: writable arrays of floats, the same in every call.
        grads : mapping of str to array_like
            The gradient of the loss with respect to each of them.
        loss_and_grads : callable, optional
            ``loss, grads = loss_and_grads(params)`` of the same mini-batch, for rules that take
            gradients at other points; it is handed arrays of its own and must not change them.

        Returns
        -------
        mapping of str to ndarray
            ``params`` itself; its arrays have been updated in place.

        Raises
        ------
        TypeError, ValueError
            If parameters and gradients do not match each other or the first call; nothing has
            been changed then.

        Examples
        --------
        >>> from descent.optimizers import RMSprop
        >>> params = {"W": np.ones((2, 3)), "b": np.zeros(2)}
        >>> grads = {"W": np.full((2, 3), 0.5), "b": np.array([1.0, -1.0])}
        >>> optimizer = RMSprop(learning_rate=0.01, decay_rate=0.9, epsilon=1e-8)
        >>> optimizer.update(params, grads)["b"]
        array([-0.03162278,  0.03162278])
        """
        named = self._named or NamedParameters(params)
        named.gather(params, grads)
        if self._state is None:
            self._named, self._state = named, self.init(named.theta, Task(named.layout))
        if loss_and_grads is not None:
            self._state.loss_and_gradient = named.flat(loss_and_grads)
        self.step(named.theta, named.gradient, self._state)
        named.scatter(params)
        return params

    @property
    def state(self) -> State | None:
        """The state that :meth:`update` keeps; None before its first call."""
        return self._state

    def resume(self, params: Mapping[str, Array], mapping: Mapping[str, Any]) -> None:
        """Let :meth:`update` go on from a saved state.

        Parameters
        ----------
        params : mapping of str to ndarray
            The parameters as they were when the state was saved, in the same order.
        mapping : mapping of str to ndarray, float or int
            What ``optimizer.state.to_mapping()`` returned.

        Raises
        ------
        TypeError, ValueError
            If the mapping is not a state of this rule for such parameters.
        """
        named = NamedParameters(params)
        self._named = named
        self._state = self.restore(named.theta, mapping, Task(named.layout))

    def _chunk_size(self, theta: Array) -> int:
        """Return how many components :meth:`direction` sees at a time."""
        return CHUNK_BYTES // theta.itemsize if self.elementwise else max(theta.size, 1)

    def _clipped(self, g: Array, state: State) -> Array:
        if self.clip_value is None and self.clip_norm is None:
            return g
        if state.gradient is None:
            state.gradient = np.empty_like(g)
        if self.clip_value is not None:
            g = clip_by_value(g, self.clip_value, out=state.gradient)
        if self.clip_norm is not None:
            g = clip_by_norm(g, self.clip_norm, out=state.gradient)
        return g

    def _write_blocks(self, theta: Array, g: Array, state: State) -> None:
        for stretch, block in state.blocks:
            shape = block.work[0].shape
            block.step, block.learning_rate = state.step, state.learning_rate
            block.loss = state.loss
            block.theta = None if state.theta is None else state.theta[stretch].reshape(shape)
            self._write(theta[stretch].reshape(shape), g[stretch].reshape(shape), block)

    def _write(self, theta: Array, g: Array, state: State) -> None:
        """Decay the weights, ask the rule for its direction, and take the step."""
        lr = state.step_size = state.learning_rate
        decay: Any = self.weight_decay
        if decay and state.decay_factors is not None:
            decay = decay * state.decay_factors
        state.weight_decay = decay
        by_base = bool(self.weight_decay) and not self.decay_in_direction
        if by_base and not self.decoupled_weight_decay:
            regularized = np.multiply(theta, decay, out=state.work[-1])
            g = np.add(g, regularized, out=regularized)
        d = self.direction(g, state)
        if type(d) is not np.ndarray or d.shape != g.shape:
            received = f"{type(d).__name__} {getattr(d, 'shape', '')}"
            raise ValueError(
                f"{type(self).__name__}.direction must return an array of the gradient's shape, "
                f"{g.shape}. Received: {received.strip()}"
            )
        if by_base and self.decoupled_weight_decay:
            theta *= 1.0 - (lr if state.rate_factors is None else lr * state.rate_factors) * decay
        room = state.work[0] if state.gradient is None else state.gradient
        change = np.multiply(d, state.step_size, out=room)
        if state.rate_factors is not None:
            change *= state.rate_factors
        np.subtract(theta, change, out=theta)
