# churnrisk as a container: docker build -t churnrisk .
# Tables, output and model cards lie in volumes; secrets come as environment variables when it is run.
FROM python:3.12-slim AS build
WORKDIR /build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements.lock ./
RUN python -m venv /opt/churnrisk && /opt/churnrisk/bin/pip install --require-hashes -r requirements.lock
COPY pyproject.toml README.md ./
COPY src src
# The lock holds what builds and tests the package, too; no night needs it.
RUN /opt/churnrisk/bin/pip install --no-deps --no-build-isolation . \
    && /opt/churnrisk/bin/pip uninstall --yes polars polars-runtime-32 mypy ruff pandas-stubs \
    && /opt/churnrisk/bin/churnrisk --help > /dev/null

FROM python:3.12-slim
RUN useradd --uid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin churnrisk
COPY --from=build /opt/churnrisk /opt/churnrisk
ENV PATH=/opt/churnrisk/bin:$PATH \
    PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    MLFLOW_DISABLE_TELEMETRY=true GIT_PYTHON_REFRESH=quiet MPLCONFIGDIR=/tmp/matplotlib
WORKDIR /srv/churnrisk
COPY pipelines pipelines
RUN mkdir data out models && chown 10001:10001 data out models
USER 10001:10001
VOLUME ["/srv/churnrisk/data", "/srv/churnrisk/out", "/srv/churnrisk/models"]
ENTRYPOINT ["churnrisk"]
CMD ["--help"]
