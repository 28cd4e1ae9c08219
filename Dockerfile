# One image for every process: beat, listener, workers, pages, Flower, the command line. See
# docker-compose.yml and deploy/kubernetes.

FROM python:3.11-slim AS build
WORKDIR /src
COPY pyproject.toml README.md ./
COPY sensors_app sensors_app
COPY workers workers
# Without pip of its own: what is installed is all that there is.
RUN python -m venv --without-pip /opt/venv \
 && python -m pip --python /opt/venv/bin/python install --no-cache-dir --disable-pip-version-check .

FROM python:3.11-slim
# Nothing that installs or builds is left. Celery does not want to be root, and user code should not
# be. A named volume that is first mounted at /data takes that folder's owner.
RUN python -m pip uninstall --yes --root-user-action ignore pip setuptools wheel \
 && useradd --uid 10001 --create-home --shell /usr/sbin/nologin sensors \
 && install --directory --owner sensors --group sensors /data
COPY --from=build /opt/venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1
# User code is imported from here; an image FROM this one puts its own beside the examples.
WORKDIR /app
COPY examples examples
# By number, so that Kubernetes can see that it is not root.
USER 10001
# No HEALTHCHECK: what is to be asked depends on the process. "sensors alive beat" and its like ask
# for those without a port, GET /healthz for the pages.
CMD ["sensors", "--help"]
