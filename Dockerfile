# One image for service, worker, beat and the embedded emulators; docker-compose.yml says which of them a container is.
# The base is named, but not pinned by digest: where this file was written no registry could be asked for one. To pin it:
#   docker buildx imagetools inspect python:3.11-slim-bookworm    # prints the digest
#   docker compose build --build-arg PYTHON_IMAGE=python:3.11-slim-bookworm@sha256:...
ARG PYTHON_IMAGE=python:3.11-slim-bookworm
FROM ${PYTHON_IMAGE}

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    # Celery and TensorFlow may leave small files in their home.
    HOME=/tmp \
    REDRAW_DATA_DIR=/data

# A named volume takes over this folder's owner when it is made.
RUN groupadd --gid 10001 redraw \
    && useradd --uid 10001 --gid redraw --no-create-home --home-dir /tmp --shell /usr/sbin/nologin redraw \
    && install --directory --owner redraw --group redraw /data

WORKDIR /app

# The dependencies first: they are a layer of their own, made anew only when the lock changes. Tools for development and tests
# are not among them: what is not there cannot be attacked.
COPY requirements-run.lock ./
RUN pip install --require-hashes --requirement requirements-run.lock

# Redraw is run in place, from here; installing it adds the command `redraw`.
COPY pyproject.toml README.md LICENSE ./
COPY pipeline ./pipeline
COPY workers ./workers
COPY service ./service
COPY emulator ./emulator
# The page to play on loads them.
COPY clients ./clients
RUN pip install --no-deps --no-build-isolation --editable .

# The commit, which the lineage of each version names: docker build --build-arg CODE_REVISION=$(git rev-parse HEAD)
ARG CODE_REVISION=""
ENV REDRAW_CODE_REVISION=${CODE_REVISION}

USER 10001:10001
VOLUME ["/data"]
EXPOSE 8000
STOPSIGNAL SIGTERM
CMD ["redraw", "serve", "--host", "0.0.0.0", "--port", "8000"]
