"""The content types of the files of a version, by their endings."""

CONTENT_TYPES = {
    ".h5": "application/x-hdf5",
    ".json": "application/json",
    ".html": "text/html; charset=utf-8",
    ".bin": "application/octet-stream",
    ".npz": "application/octet-stream",
    ".onnx": "application/octet-stream",
    ".tflite": "application/octet-stream",
}
