"""PyTorch networks as problems: beside PyTorch's own training, number for number."""

from __future__ import annotations

import numpy as np
import pytest
from small_datasets import dense

from descent.data.dataset import save_dataset
from descent.data.labelled_vectors import in_source_shape
from descent.data.readers.digits import prepare_digits
from descent.foundation.signatures import parameter_types
from descent.foundation.source_digest import own_sources
from descent.optimizers.loading import load_optimizer
from descent.optimizers.rules.sgd import SGD
from descent.problems.conformance import check_problem, main
from descent.problems.loading import entry_of, load_problem, plug_in_sources, problem_class
from descent.training.loop import train

torch = pytest.importorskip("torch")

NETWORKS = """
import torch
from torch import nn

import blocks

class Net(nn.Module):
    '''A small network.'''

    title = "a small network"

    def __init__(self, channels: int = 3, *, hidden: int = 8):
        super().__init__()
        self.convolution = nn.Conv2d(1, channels, 3)
        self.norm = nn.LayerNorm(channels * 9)
        self.hidden = nn.Linear(channels * 9, hidden)
        self.out = nn.Linear(hidden, 10)

    def forward(self, x):
        x = nn.functional.max_pool2d(torch.relu(self.convolution(x)), 2).flatten(1)
        return self.out(blocks.activation(self.hidden(self.norm(x))))

class Rows(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.words = nn.Embedding(4, width)
        self.out = nn.Linear(6 + width, 3, bias=False)

    def forward(self, x):
        return self.out(torch.cat([x, self.words((x[:, 0] > 0).long())], dim=1))

class Large(nn.Module):
    def __init__(self, size=28):
        super().__init__()
        self.out = nn.Linear(size * size, 10)

    def forward(self, x):
        return self.out(x.flatten(1))

class Lazy(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.LazyConv2d(2, 3)
        self.out = nn.LazyLinear(10)

    def forward(self, x):
        return self.out(torch.relu(self.hidden(x)).flatten(1))

class Drops(Net):
    def forward(self, x):
        return nn.functional.dropout(super().forward(x), 0.5, self.training)

class Averages(Net):
    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm1d(27)

class Steady(Net):
    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm1d(27, track_running_stats=False)

class Five(Net):
    def __init__(self):
        super().__init__()
        self.out = nn.Linear(8, 5)

class Flat(nn.Linear):
    def __init__(self):
        super().__init__(64, 10)

class Clashes(Net):
    def __init__(self, dtype):
        super().__init__()

class NoNetwork:
    pass
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "nets.py").write_text(NETWORKS, encoding="utf-8")
    (tmp_path / "blocks.py").write_text("from torch import relu as activation\n", encoding="utf-8")
    save_dataset(prepare_digits(), tmp_path / "digits")
    save_dataset(dense(), tmp_path / "dense")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def load(name, folder, data="digits", **settings):
    return load_problem("p", {"use": f"torch:nets.py:{name}", **settings}, folder / data)


@pytest.mark.parametrize("name", ["Net", "Steady"])
def test_a_network_keeps_the_contract(folder, name):
    found = check_problem(f"torch:nets.py:{name}")
    assert [str(finding) for finding in found if not finding.holds] == []
    assert "channels" in found[-1].explanation or name == "Steady"


def test_rows_that_are_no_images_are_handed_over_as_they_are(folder):
    found = check_problem("torch:nets.py:Rows", dense(), width=2)
    assert [str(finding) for finding in found if not finding.holds] == []


def test_training_is_pytorchs_own(folder):
    """SGD on the flat vector takes the steps that PyTorch's SGD takes on a network of its own."""
    problem = load("Net", folder, mini_batch=50, dtype="float64")
    theta = problem.init(np.random.default_rng(5))
    rng = np.random.default_rng(5)
    torch.manual_seed(int(rng.integers(2**63)))
    network = problem_class("torch:nets.py:Net").network_class().double()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    rule, grad = SGD(0.1), np.empty_like(theta)
    state = rule.init(theta)
    data = in_source_shape(prepare_digits())
    images = torch.from_numpy(data["train_inputs"]).double()[:, None]
    labels = torch.from_numpy(data["train_labels"])
    for batch in problem.batches(np.random.default_rng(0)):
        ours = problem.loss_and_grad(theta, batch, grad)
        rule.step(theta, grad, state)
        optimizer.zero_grad()
        loss = torch.nn.functional.cross_entropy(network(images[batch]), labels[batch])
        loss.backward()
        optimizer.step()
        assert ours == pytest.approx(float(loss.detach()), rel=1e-12)
    for name, parameter in network.named_parameters():
        view = problem.layout.views(theta)[name]
        turned = view.T if parameter.ndim == 2 else view
        np.testing.assert_allclose(turned, parameter.detach().numpy(), rtol=1e-9, atol=1e-12)
    test = torch.from_numpy(data["test_inputs"]).double()[:, None]
    right = network(test).argmax(dim=1).numpy() == data["test_labels"]
    assert problem.evaluate(theta, "test")["accuracy"] == right.mean()


def test_parameters_and_gradient_are_the_vectors_and_no_copies(folder):
    problem = load("Net", folder)
    theta, grad = problem.init(np.random.default_rng(0)), np.empty(problem.size, np.float32)
    batch = np.arange(8)
    for vectors in ((theta, grad), (theta.copy(), grad.copy())):
        problem.loss_and_grad(vectors[0], batch, vectors[1])
        for parameter in problem.network.parameters():
            assert np.shares_memory(parameter.detach().numpy(), vectors[0])
            assert np.shares_memory(parameter.grad.numpy(), vectors[1])
    before = problem.evaluate(theta, "test")
    theta += 1.0
    assert problem.evaluate(theta, "test") != before


def test_blocks_have_names_shapes_and_kinds(folder):
    layout = load("Net", folder).layout
    assert layout.shapes == {
        "convolution.weight": (3, 1, 3, 3), "convolution.bias": (3,),
        "norm.weight": (27,), "norm.bias": (27,),
        "hidden.weight": (27, 8), "hidden.bias": (8,),
        "out.weight": (8, 10), "out.bias": (10,),
    }  # fmt: skip
    assert layout.kinds == {
        "convolution.weight": "other", "convolution.bias": "bias",
        "norm.weight": "gain", "norm.bias": "bias",
        "hidden.weight": "matrix", "hidden.bias": "bias",
        "out.weight": "output", "out.bias": "bias",
    }  # fmt: skip
    rows = load("Rows", folder, "dense", width=2).layout
    assert rows.shapes == {"words.weight": (4, 2), "out.weight": (8, 3)}
    assert rows.kinds == {"words.weight": "embedding", "out.weight": "output"}


def test_pytorchs_optimizer_is_handed_the_networks_own_tensors(folder):
    """Their adapter turns matrices as this one does: both together are PyTorch alone."""
    problem = load("Net", folder, dtype="float64")
    rule = load_optimizer({"use": "torch:Adam", "learning_rate": 0.01}, folder=folder)
    _, _, theta = train(problem, rule, seed=0, epochs=1)
    rule = load_optimizer({"use": "adam", "learning_rate": 0.01}, folder=folder)
    _, _, ours = train(problem, rule, seed=0, epochs=1)
    np.testing.assert_allclose(theta, ours, rtol=1e-7, atol=1e-9)


def test_a_start_follows_the_seed_and_leaves_pytorchs_generator_alone(folder):
    problem = load("Net", folder)
    torch.manual_seed(0)
    expected = torch.rand(3)
    torch.manual_seed(0)
    one, same, other = (problem.init(np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert torch.equal(torch.rand(3), expected)
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)
    double = load("Net", folder, dtype="float64").init(np.random.default_rng(1))
    np.testing.assert_array_equal(one, double.astype(np.float32), strict=True)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Drops", "must return the same for the same examples.*leave out dropout"),
        ("Averages", "a changed buffer norm.running_mean; .*track_running_stats=False"),
        ("Five", r"a logit for each of 10 classes, of shape \(2, 10\).*Received: \(2, 5\)"),
        ("Flat", r"cannot take mini-batches of examples of shape \(1, 8, 8\)"),
        ("Clashes", "a name that no setting of a problem has. Received: dtype"),
        ("Nett", "has no class 'Nett'. Did you mean 'Net'"),
    ],
)
def test_what_cannot_be_a_problem_is_refused_with_a_reason(folder, name, message):
    with pytest.raises(ValueError, match=message):
        load(name, folder)


def test_what_is_no_network_is_refused(folder):
    with pytest.raises(TypeError, match=r"NoNetwork must be a torch\.nn\.Module"):
        load("NoNetwork", folder)


def test_settings_are_the_arguments_of_the_network(folder):
    assert load("Net", folder, channels=5, hidden=2).layout.shapes["hidden.weight"] == (45, 2)
    types = parameter_types(problem_class("torch:nets.py:Net"), {"name", "dataset"})
    assert types == {"mini_batch": int, "dtype": str, "channels": int, "hidden": int}
    with pytest.raises(ValueError, match=r"no setting 'chanels'. Did you mean 'channels'"):
        load("Net", folder, chanels=5)
    with pytest.raises(ValueError, match=r"needs the setting 'width'"):
        load("Rows", folder, "dense")
    with pytest.raises(ValueError, match=r"Net cannot be made: "):
        load("Net", folder, channels=-1)
    assert entry_of("torch:nets.py:Net").title == "a small network"


def test_a_change_of_the_network_or_of_what_it_imports_retrains(folder):
    files = {path.name for path in own_sources(plug_in_sources("torch:nets.py:Net"))}
    assert files == {"nets.py", "blocks.py"}
    assert "pytorch.py" in {path.name for path in plug_in_sources("torch:nets.py:Net")}


@pytest.mark.parametrize(("network", "size"), [("Large", "28 x 28"), ("Lazy", "8 x 8")])
def test_it_is_checked_at_the_size_that_it_takes(network, size, folder):
    findings = check_problem(f"torch:nets.py:{network}")
    assert [str(finding) for finding in findings if not finding.holds] == []
    assert findings[0].explanation.endswith(f"on images of {size}")


def test_it_is_checked_on_data_that_no_study_has_prepared(folder, capsys):
    rng = np.random.default_rng(0)
    np.savez(folder / "mine.npz", X=rng.normal(size=(60, 6)), y=np.arange(60) % 3)
    (folder / "study.yaml").write_text("datasets: {mine: {use: npz, file: mine.npz}}")
    command = ["torch:nets.py:Rows", "--set", "width=2"]
    assert main(command) == 1
    assert "name them: --dataset my_study.yaml:NAME" in capsys.readouterr().out
    assert main([*command, "--dataset", "study.yaml:mine"]) == 0
