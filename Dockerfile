# Two images: `service` (the last, so it needs no name) is web by default, and worker and migrations
# by other commands; `demo` is the same with what only the demo needs.
FROM python:3.12.12-slim-bookworm AS build
WORKDIR /app
COPY requirements/production.txt requirements/
RUN python -m venv --without-pip /venv \
    && pip --python /venv/bin/python install --no-cache-dir --require-hashes -r requirements/production.txt
COPY . .
# Neither database nor secret is touched: the demo's settings collect the same files.
RUN DEPLOYMENT=demo /venv/bin/python manage.py compilemessages \
    && DEPLOYMENT=demo /venv/bin/python manage.py collectstatic --no-input --verbosity 0 \
    && mkdir /demo \
    && mv demo requirements/run.txt /demo/ \
    && rm -rf var requirements \
    && /venv/bin/python -m compileall -q . /demo/demo

FROM build AS demo-build
RUN pip --python /venv/bin/python install --no-cache-dir --require-hashes -r /demo/run.txt

FROM python:3.12.12-slim-bookworm AS runtime
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MALLOC_ARENA_MAX=2 \
    MALLOC_MMAP_THRESHOLD_=1048576 \
    GUNICORN_BIND=0.0.0.0:8000
RUN useradd --system --uid 10001 --user-group --no-create-home --home-dir /app library \
    && install -d -o library -g library -m 0700 /app/var \
    && install -d -o library -g library -m 0755 /srv/static
WORKDIR /app
COPY --from=build /app /app
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
    CMD ["python", "-m", "oita_library.healthcheck"]
CMD ["gunicorn"]

FROM runtime AS demo
COPY --from=demo-build /venv /venv
COPY --from=demo-build /demo/demo /app/demo

FROM runtime AS service
COPY --from=build /venv /venv
