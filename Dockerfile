# One image for web, worker, beat and migrations. Nothing in it is secret.
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 DATA_DIR=/tmp/punctual DJANGO_SETTINGS_MODULE=config.settings.production
WORKDIR /srv/punctual

COPY requirements/base.txt requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/base.txt

COPY . .
# The values are for this one command; production settings start with none of them missing.
RUN SECRET_KEY=build FIELD_ENCRYPTION_KEY=build ALLOWED_HOSTS=build PUBLIC_URL=https://build \
    DATABASE_URL=postgres://build CELERY_BROKER_URL=redis://build python manage.py collectstatic --noinput

RUN useradd --no-create-home punctual
USER punctual
EXPOSE 8000
CMD ["gunicorn", "config.wsgi", "--bind", "0.0.0.0:8000", "--workers", "4"]
