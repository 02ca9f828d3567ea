# The web app only; compose.yaml puts PostgreSQL + PostGIS beside it.
FROM python:3.11-slim-bookworm

# Fonts with Taiwan's characters and Pango for printed handouts; pg_dump for `safemap db backup`.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        fonts-noto-cjk libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 postgresql-client \
    && rm -rf /var/lib/apt/lists/*

ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1

WORKDIR /srv/safemap
COPY requirements/run.lock requirements/run.lock
RUN pip install --require-hashes --no-deps --requirement requirements/run.lock
COPY pyproject.toml README.md ./
COPY src src
COPY migrations migrations
COPY data/demo data/demo
RUN pip install --no-deps --editable .

RUN useradd --system --uid 10001 --create-home --home-dir /var/lib/safemap safemap
USER safemap
ENV SAFEMAP_HOME=/var/lib/safemap \
    SAFEMAP_HOST=0.0.0.0
VOLUME /var/lib/safemap
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["safemap", "up"]
