"""What a game without Redraw would serve: FastAPI, and Keras' `model.predict` for each drawing.

Used by `benchmarks.serving`. The canvas is resized to 28 x 28, as the game's own script does it.

REDRAW_BENCHMARK_MODEL=FILE.h5 uvicorn --factory benchmarks.serving_plain:make_app
"""

import os

import keras
import numpy as np
from fastapi import FastAPI, Request

from benchmarks.canvas import resize_as_the_game
from pipeline.categories import CATEGORIES
from pipeline.drawings import centroid_crop

MODEL = "REDRAW_BENCHMARK_MODEL"


def make_app() -> FastAPI:
    """Return the application; the environment names the model's file."""
    app = FastAPI()
    model = keras.models.load_model(os.environ[MODEL], compile=False)

    @app.post("/predict")
    async def predict(request: Request) -> dict[str, object]:
        drawing = centroid_crop(resize_as_the_game(await request.body())[None])[0]
        pixels = drawing.astype(np.float32)[None, ..., None] / 255
        probabilities = model.predict(pixels, verbose=0)[0]
        best = int(probabilities.argmax())
        return {"label": CATEGORIES[best], "confidence": float(probabilities[best])}

    return app
