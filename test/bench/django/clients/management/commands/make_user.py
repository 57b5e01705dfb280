"""Writes the one who logs in."""

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("name")
        parser.add_argument("password")

    def handle(self, *args, **options):
        User.objects.create_superuser(
            options["name"], "bench@demo.example", options["password"],
            first_name="Ana", last_name="Demostración")
