"""MNIST: 55,000 images to train on, 5,000 to validate, 10,000 to test.

The validation part is the last 5,000 of the published training images: a split that does not
depend on a random generator.
"""

from __future__ import annotations

from pathlib import Path

from descent.data.compressed import file_sha256
from descent.data.dataset import Dataset
from descent.data.errors import DataError
from descent.data.labelled_vectors import dense_dataset
from descent.data.readers.idx import read_labelled_images
from descent.data.source import PublishedFile, Source

#: Names of the images and the labels, and how many of each there are.
PUBLISHED_PARTS = {
    "train": ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", 60_000),
    "test": ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz", 10_000),
}
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
IMAGE_SHAPE = (28, 28)
CLASSES = 10
VALIDATION = 5_000


def prepare_mnist(downloads: Path) -> Dataset:
    """Parse, split and scale MNIST.

    Parameters
    ----------
    downloads : Path
        Folder of the published files; those of MNIST are in ``mnist`` below it.

    Returns
    -------
    Dataset
        Dense data, see :mod:`descent.data.labelled_vectors`: p = 784 pixels row by row, divided by
        255, the largest of the training images.

    Raises
    ------
    DataError
        If a file is missing or is not what was published.
    """
    published = {}
    sha256 = {}
    for part, (images_name, labels_name, count) in PUBLISHED_PARTS.items():
        folder = downloads / "mnist"
        images_path, labels_path = folder / images_name, folder / labels_name
        images, labels = read_labelled_images(images_path, labels_path, CLASSES)
        if images.shape != (count, *IMAGE_SHAPE):
            found = " x ".join(str(n) for n in images.shape)
            raise DataError(f"{images_path}: expected {count} x 28 x 28 pixels, found {found}")
        published[part] = (images.reshape(count, -1), labels)
        sha256.update({p.name: file_sha256(p) for p in (images_path, labels_path)})
    images, labels = published["train"]
    return dense_dataset(
        {
            "train": (images[:-VALIDATION], labels[:-VALIDATION]),
            "validation": (images[-VALIDATION:], labels[-VALIDATION:]),
            "test": published["test"],
        },
        classes=CLASSES,
        standardize="scale",
        about={"image_shape": list(IMAGE_SHAPE), "source": "MNIST", "sha256": sha256},
    )


SOURCE = Source(
    prepare_mnist,
    files=tuple(
        PublishedFile(f"mnist/{name}", sha256, tuple(f"{server}/{name}" for server in SERVERS))
        for name, sha256 in SHA256.items()
    ),
    title="MNIST",
)
