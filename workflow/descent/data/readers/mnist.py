"""MNIST: 55,000 images to train on, 5,000 to validate, 10,000 to test.

The validation part is the last 5,000 of the published training images: a split that does not
depend on a random generator.
"""

from __future__ import annotations

from pathlib import Path

from descent.data.dataset import Dataset
from descent.data.labelled_vectors import dense_dataset
from descent.data.readers.idx import read_idx
from descent.data.source import PublishedFile, Source

SHA256 = {
    "train-images-idx3-ubyte.gz": (
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"
    ),
    "train-labels-idx1-ubyte.gz": (
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"
    ),
    "t10k-images-idx3-ubyte.gz": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "t10k-labels-idx1-ubyte.gz": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
}
SERVERS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist",
    "https://storage.googleapis.com/cvdf-datasets/mnist",
)
VALIDATION = 5_000


def prepare_mnist(downloads: Path) -> Dataset:
    """Parse, split and scale MNIST.

    Parameters
    ----------
    downloads : Path
        Folder of the published files, whose SHA-256 was checked; those of MNIST are in ``mnist``
        below it.

    Returns
    -------
    Dataset
        Dense data, see :mod:`descent.data.labelled_vectors`: p = 784 pixels row by row, divided by
        255, the largest of the training images.
    """
    images, labels, test_images, test_labels = (
        read_idx(downloads / "mnist" / name) for name in SHA256
    )
    images, test_images = images.reshape(-1, 28 * 28), test_images.reshape(-1, 28 * 28)
    return dense_dataset(
        {
            "train": (images[:-VALIDATION], labels[:-VALIDATION]),
            "validation": (images[-VALIDATION:], labels[-VALIDATION:]),
            "test": (test_images, test_labels),
        },
        classes=10,
        standardize="scale",
        about={"image_shape": [28, 28], "source": "MNIST", "sha256": SHA256},
    )


SOURCE = Source(
    prepare_mnist,
    files=tuple(
        PublishedFile(f"mnist/{name}", sha256, tuple(f"{server}/{name}" for server in SERVERS))
        for name, sha256 in SHA256.items()
    ),
    title="MNIST",
)
