# One image for the three services and the program `cordees`; docker-compose.yml says which of them a container runs.

ARG PYTHON_IMAGE=python:3.11-slim

FROM ${PYTHON_IMAGE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1
WORKDIR /build
RUN ["python", "-m", "venv", "/opt/cordees"]
# The lock alone first: what it installs stays in the cache of layers until the lock changes.
COPY requirements.lock ./
RUN ["/opt/cordees/bin/python", "-m", "pip", "install", "--require-hashes", "--requirement", "requirements.lock"]
COPY pyproject.toml README.md ./
COPY contracts ./contracts
COPY chassis ./chassis
COPY services ./services
COPY deploy ./deploy
RUN ["/opt/cordees/bin/python", "-m", "pip", "install", "--no-build-isolation", "--no-deps", "."]

FROM ${PYTHON_IMAGE}
# A number, so that Kubernetes can see that it is not root.
ARG UID=10001
COPY --from=build /opt/cordees /opt/cordees
ENV PATH=/opt/cordees/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    CORDEES_HTTP_HOST=0.0.0.0
WORKDIR /
USER ${UID}:${UID}
# The API, and the metrics apart from it.
EXPOSE 8000 9000
# Ready, not only alive: nothing is restarted for being unhealthy here, and whoever waits wants a service that works.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["python", "-P", "-c", \
    "import os, urllib.request as r; r.urlopen(f\"http://127.0.0.1:{os.environ.get('CORDEES_HTTP_PORT', 8000)}/readyz\", timeout=4)"]
# -P: the folder that a container is started in has no say in what is imported.
ENTRYPOINT ["python", "-P", "-m"]
CMD ["services.reporting", "--help"]
