"""django-oci as a program: python django_oci_site.py FOLDER PORT

Runs in the virtual environment that has django-oci, never in the one of the bot, and
from FOLDER, since django-oci takes no other path than a relative one. Everything it
keeps is there: a SQLite database and the blobs.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from django.core.servers import basehttp
from django.core.wsgi import get_wsgi_application
from django.urls import include, path

urlpatterns: list[object] = []
"""Filled once Django is set up: django-oci reads its settings when it is imported."""


def main(folder: Path, port: int) -> None:
    """Make the database, and serve."""
    os.chdir(folder)
    settings.configure(
        SECRET_KEY="of a test",
        ALLOWED_HOSTS=["127.0.0.1"],
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "rest_framework",
            "rest_framework.authtoken",
            "django_oci",
        ],
        MIDDLEWARE=[],
        ROOT_URLCONF=__name__,
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": folder / "database",
                "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20},
            }
        },
        DJANGO_OCI={
            "DISABLE_AUTHENTICATION": True,
            "MEDIA_ROOT": "images",
            # The default, 100 requests a day, is for everybody together.
            "VIEW_RATE_LIMIT": "1000000/1s",
        },
    )
    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)
    urlpatterns.append(path("", include("django_oci.urls")))
    basehttp.run("127.0.0.1", port, get_wsgi_application(), threading=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
