"""Writes one user and the given number of invented clients."""

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand

from clients.models import Client

NAMES = ("Ana", "Bernardo", "Camila", "Diego", "Elena", "Felipe", "Gloria",
         "Hernán", "Inés", "Julián")
SURNAMES = ("Acosta", "Bermúdez", "Cárdenas", "Duarte", "Escobar", "Fajardo",
            "Gutiérrez", "Herrera", "Ibáñez", "Jaramillo")
CITIES = ("Bogotá", "Medellín", "Cali", "Barranquilla", "Bucaramanga")


def client(i):
    name = f"{NAMES[i % 10]} {SURNAMES[i // 10 % 10]} {i:03d}"
    return Client(
        name=name, kind="person" if i % 3 == 2 else "company",
        company=f"Soluciones {SURNAMES[i * 7 % 10]} S.A.S.",
        email=f"cliente{i:03d}@example.com", phone=f"+57 300 555 {i:04d}",
        city=CITIES[i % 5], address=f"Calle {i % 90 + 1} # {i % 40}-{i % 99}")


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("count", type=int)

    def handle(self, *args, **options):
        User.objects.create_superuser("bench", "bench@example.com", "bench")
        Client.objects.bulk_create(client(i) for i in range(options["count"]))
