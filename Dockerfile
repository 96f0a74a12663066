# registry-bot in a container: `docker build -t registry-bot .`
#
# BASE is any image with Python 3.11 or newer and its venv module: an official Python
# image, or Debian with python3 and python3-venv. Whoever builds behind a proxy with a
# certificate authority of its own bakes that and pip's settings into a BASE of their own
# (see tests/image); nothing of it is needed here.
ARG BASE=docker.io/library/python:3.13-slim

# First stage: a virtual environment with the program and the locked versions of what it
# needs, at the path where it will stand in the end. Nothing else leaves this stage.
FROM ${BASE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
COPY requirements.lock ./
RUN python3 -m venv tools \
    && tools/bin/pip install --quiet -c requirements.lock build hatchling
COPY pyproject.toml README.md LICENSE ./
COPY migrations migrations
COPY bot bot
RUN tools/bin/python -m build --no-isolation --wheel --outdir dist . \
    && python3 -m venv --without-pip /opt/registry-bot \
    && tools/bin/pip --python /opt/registry-bot/bin/python install --quiet \
        --only-binary :all: -c requirements.lock "$(echo dist/*.whl)[postgres,oauth]"

FROM ${BASE}
LABEL org.opencontainers.image.title="registry-bot" \
      org.opencontainers.image.description="Run a private container registry from Slack" \
      org.opencontainers.image.licenses="MIT"
# No build tools stay: the base's own pip goes too, with the copies that `ensurepip` holds.
RUN rm -rf /usr/local/bin/pip* /usr/local/lib/python3*/site-packages/pip* \
        /usr/local/lib/python3*/ensurepip /usr/lib/python3*/ensurepip \
        /usr/share/python-wheels \
    && groupadd --gid 10001 registry-bot \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data \
        --shell /usr/sbin/nologin registry-bot \
    && install -d -o registry-bot -g registry-bot -m 0750 /data
COPY --from=build /opt/registry-bot /opt/registry-bot
ENV PATH=/opt/registry-bot/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DATABASE_URL=sqlite+aiosqlite:////data/registry-bot.db
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 3000
# /healthz says that the process answers; /readyz, for a load balancer, that it is of use.
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:3000/healthz', timeout=4)"]
ENTRYPOINT ["registry-bot"]
CMD ["serve", "--host", "0.0.0.0"]
