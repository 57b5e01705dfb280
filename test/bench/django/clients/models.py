"""A client, with the columns that the list shows."""

from django.db import models


class Client(models.Model):
    KINDS = [("company", "Empresa"), ("person", "Persona")]

    kind = models.CharField(max_length=10, choices=KINDS, default="company")
    name = models.CharField(max_length=120, db_index=True)
    company = models.CharField(max_length=120, blank=True)
    email = models.EmailField(unique=True)
    phone = models.CharField(max_length=30, blank=True)
    city = models.CharField(max_length=80, blank=True)
    address = models.CharField(max_length=200, blank=True)
    notes = models.TextField(blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    @property
    def phone_tel(self):
        return self.phone.replace(" ", "")
