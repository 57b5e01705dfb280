# Written by manage.py makemigrations

from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Client',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('legal', 'Empresa'), ('natural', 'Persona')], max_length=10)),
                ('doc_type', models.CharField(blank=True, max_length=2)),
                ('doc_number', models.CharField(blank=True, max_length=15)),
                ('doc_dv', models.CharField(blank=True, max_length=1)),
                ('name', models.CharField(db_index=True, max_length=200)),
                ('company', models.CharField(blank=True, max_length=200)),
                ('email', models.EmailField(blank=True, max_length=254)),
                ('phone', models.CharField(blank=True, max_length=30)),
                ('city', models.CharField(blank=True, max_length=100)),
                ('address', models.CharField(blank=True, max_length=200)),
                ('notes', models.TextField(blank=True)),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
    ]
