# Two images of one program; docker-compose.yml says which process a container is.
#   docker build --target run --tag redraw .                  service, worker, beat, emulators
#   docker build --target baseline --tag redraw-baseline .    the same with TensorFlow: whatever trains all layers
# The base is named, but not pinned by digest: where this file was written no registry could be asked for one. To pin it:
#   docker buildx imagetools inspect python:3.11-slim-bookworm    # prints the digest
#   docker compose build --build-arg PYTHON_IMAGE=python:3.11-slim-bookworm@sha256:...
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS base
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    # Bytecode lies in a folder of its own: the layers of packages are then the same for each release of Redraw.
    PYTHONPYCACHEPREFIX=/pycache \
    PYTHONPATH=/app \
    PATH=/venv/bin:${PATH} \
    # Celery and TensorFlow may leave small files in their home.
    HOME=/tmp \
    REDRAW_DATA_DIR=/data
WORKDIR /app

# The packages of the small image. pip is in a folder of its own, which no image gets. What is not there cannot be attacked.
FROM base AS packages
ENV PIP_NO_COMPILE=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python3 -m venv /pip && python3 -m venv --without-pip /venv
COPY requirements-run.lock /
RUN /pip/bin/pip --python /venv/bin/python install --require-hashes --requirement /requirements-run.lock

# Redraw is run in place, from here. Installing it adds the command `redraw`, and what Python knows of its version.
FROM packages AS code
COPY pyproject.toml README.md LICENSE ./
COPY pipeline ./pipeline
COPY workers ./workers
COPY service ./service
COPY emulator ./emulator
# The page to play on loads them.
COPY clients ./clients
RUN /pip/bin/pip --python /venv/bin/python install --no-deps --no-build-isolation --editable . \
    && mv /venv/lib/python3.*/site-packages/redraw-*.dist-info . \
    && rm -rf build ./*.egg-info

# setuptools was needed to install Redraw; nothing runs the tests of packages.
FROM packages AS slim
RUN /pip/bin/pip --python /venv/bin/python uninstall --yes setuptools \
    && find /venv -depth -type d \( -name tests -o -path '*/onnx/backend/test' \) -exec rm -r {} +

# What the lock of the large image adds to that of the small one.
FROM packages AS training
COPY requirements-baseline.lock /
RUN /pip/bin/pip --python /venv/bin/python install --prefix /training --require-hashes --requirement /requirements-baseline.lock \
    && mv /training/lib/python3.*/site-packages /training/packages \
    && find /training/packages -depth -type d \( -name tests -o -path '*/tensorflow/include' \) -exec rm -r {} +

FROM base AS run
# A named volume takes over this folder's owner when it is made. The base image's own pip goes too.
RUN groupadd --gid 10001 redraw \
    && useradd --uid 10001 --gid redraw --no-create-home --home-dir /tmp --shell /usr/sbin/nologin redraw \
    && install --directory --owner redraw --group redraw /data \
    && mkdir /pycache \
    && rm -rf /usr/local/bin/pip* /usr/local/lib/python3.*/ensurepip /usr/local/lib/python3.*/site-packages/*
COPY --from=slim /venv /venv
COPY --from=code /venv/bin/redraw /venv/bin/redraw
COPY --from=code /app /app
# The bytecode of what is imported: half of the time that a process takes to start. Of the rest there is none.
RUN PYTHONDONTWRITEBYTECODE= python -c 'import celery.bin.worker, pipeline.forget, pipeline.rebuilding.rebuild, service.cli.main, service.server, workers.tasks'
# The commit, which the lineage of each version names: docker build --build-arg CODE_REVISION=$(git rev-parse HEAD)
ARG CODE_REVISION=""
ENV REDRAW_CODE_REVISION=${CODE_REVISION}
USER 10001:10001
VOLUME ["/data"]
EXPOSE 8000
STOPSIGNAL SIGTERM
CMD ["redraw", "serve", "--host", "0.0.0.0", "--port", "8000"]

FROM run AS baseline
ENV PYTHONPATH=/app:/training
USER root
COPY --from=training /training/packages /training
RUN PYTHONDONTWRITEBYTECODE= TF_CPP_MIN_LOG_LEVEL=3 python -c 'import pipeline.baseline'
USER 10001:10001

# What is built where no target is named.
FROM run
