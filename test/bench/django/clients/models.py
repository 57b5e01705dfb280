"""A client, with the columns that the list shows."""

from django.db import models

from . import show


class Client(models.Model):
    KINDS = [("legal", "Empresa"), ("natural", "Persona")]

    kind = models.CharField(max_length=10, choices=KINDS)
    doc_type = models.CharField(max_length=2, blank=True)
    doc_number = models.CharField(max_length=15, blank=True)
    doc_dv = models.CharField(max_length=1, blank=True)
    name = models.CharField(max_length=200, db_index=True)
    company = models.CharField(max_length=200, blank=True)
    email = models.EmailField(max_length=254, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    city = models.CharField(max_length=100, blank=True)
    address = models.CharField(max_length=200, blank=True)
    notes = models.TextField(blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    @property
    def document(self):
        return show.document(self.doc_type, self.doc_number, self.doc_dv)

    @property
    def phone_shown(self):
        return show.phone(self.phone)
