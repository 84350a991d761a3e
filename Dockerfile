# Two stages: the first installs Casebook and builds the database; the second only runs it, as a user without write access.
FROM python:3.11-slim AS build
WORKDIR /srv/casebook
RUN python -m venv /opt/venv
COPY requirements.txt ./
RUN /opt/venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt
COPY pyproject.toml README.md alembic.ini ./
COPY app app
COPY migrations migrations
COPY seed_data seed_data
RUN /opt/venv/bin/pip install --no-cache-dir --no-deps --no-build-isolation --editable . && /opt/venv/bin/casebook load

FROM python:3.11-slim
WORKDIR /srv/casebook
COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv/casebook /srv/casebook
ENV PATH=/opt/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health/ready', timeout=4)"]
CMD ["casebook", "serve", "--host", "0.0.0.0"]
