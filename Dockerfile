# One image for every process: beat, workers, Flower, the command line. See docker-compose.yml.

FROM python:3.11-slim AS build
WORKDIR /src
COPY pyproject.toml README.md ./
COPY sensors_app sensors_app
COPY workers workers
RUN python -m venv /opt/venv \
 && /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check .

FROM python:3.11-slim
# Celery does not want to be root, and user code should not be. A named volume that is first
# mounted at /data takes that folder's owner.
RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin sensors \
 && install --directory --owner sensors --group sensors /data
COPY --from=build /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1
# User code is imported from here; an image FROM this one puts its own beside the examples.
WORKDIR /app
COPY examples examples
USER sensors
CMD ["sensors", "--help"]
