"""The CNN in the words of Keras 2, which every later version of Keras reads too.

Keras writes its newest words into a file (`optional`, `quantization_config`, types as objects), and
an older Keras refuses a word that it does not know. A game's own Keras may be years old, so the
file says only what Keras 2 knew: the layers' own arguments, types and initializers as text.
"""

from typing import Any

from pipeline.drawings import SIDE

FORMAT_VERSION = "2.15.0"
"""The version of Keras whose files ours look like; Keras converts older weights by it."""

TRIED_WITH = (
    "tensorflow 2.15.1",
    "keras 3.0.5",
    "keras 3.3.3",
    "keras 3.6.0",
    "keras 3.10.0",
    "keras 3.12.0",
    "keras 3.14.0",
    "keras 3.15.1",
)
"""What a file was opened with. tests/unit/model/test_old_keras.py tries each of them."""

DROPOUT = 0.5
LAYERS = ("Conv2D", "MaxPooling2D", "Conv2D", "MaxPooling2D", "Flatten", "Dropout", "Dense")


def describe_network(classes: int) -> dict[str, Any]:
    """Return the `model_config` of the CNN with so many classes, as JSON's types."""
    return {
        "class_name": "Sequential",
        "config": {
            "name": "quickdraw",
            "layers": [
                {
                    "class_name": "InputLayer",
                    "config": {
                        "name": "drawing",
                        "batch_input_shape": [None, SIDE, SIDE, 1],
                        "dtype": "float32",
                        "sparse": False,
                        "ragged": False,
                    },
                },
                _describe_convolution("conv_1", 32),
                _describe_pool("pool_1"),
                _describe_convolution("conv_2", 64),
                _describe_pool("pool_2"),
                _describe("Flatten", "features", data_format="channels_last"),
                _describe("Dropout", "dropout", rate=DROPOUT, noise_shape=None, seed=None),
                _describe(
                    "Dense",
                    "head",
                    units=classes,
                    activation="softmax",
                    use_bias=True,
                    kernel_initializer="glorot_uniform",
                    bias_initializer="zeros",
                ),
            ],
        },
    }


def _describe_convolution(name: str, filters: int) -> dict[str, Any]:
    return _describe(
        "Conv2D",
        name,
        filters=filters,
        kernel_size=[3, 3],
        strides=[1, 1],
        padding="valid",
        data_format="channels_last",
        dilation_rate=[1, 1],
        activation="relu",
        use_bias=True,
        kernel_initializer="glorot_uniform",
        bias_initializer="zeros",
    )


def _describe_pool(name: str) -> dict[str, Any]:
    return _describe(
        "MaxPooling2D",
        name,
        pool_size=[2, 2],
        strides=[2, 2],
        padding="valid",
        data_format="channels_last",
    )


def _describe(class_name: str, name: str, **arguments: object) -> dict[str, Any]:
    return {
        "class_name": class_name,
        "config": {"name": name, "trainable": True, "dtype": "float32", **arguments},
    }
