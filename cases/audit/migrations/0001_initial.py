from typing import ClassVar

import django.contrib.postgres.indexes
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models

import cases.audit.models


class Migration(migrations.Migration):
    initial = True

    dependencies: ClassVar = []

    operations: ClassVar = [
        TrigramExtension(),
        migrations.CreateModel(
            name="AuditChain",
            fields=[
                (
                    "key",
                    models.CharField(max_length=200, primary_key=True, serialize=False),
                ),
                ("last_seq", models.BigIntegerField()),
                ("last_hash", models.BinaryField()),
            ],
            options={
                "verbose_name": "audit chain",
            },
        ),
        migrations.CreateModel(
            name="CapturedTable",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("table_name", models.CharField(max_length=63, unique=True)),
                ("columns", models.JSONField()),
                ("options", models.JSONField()),
                ("installed_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "captured table",
            },
        ),
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("at", models.DateTimeField()),
                ("size", models.BigIntegerField()),
                ("chains", models.BigIntegerField()),
                ("root", models.BinaryField()),
                ("previous", models.BinaryField()),
                ("body", models.TextField()),
                ("signature", models.BinaryField(null=True)),
                ("key_id", models.CharField(max_length=64)),
            ],
            options={
                "verbose_name": "checkpoint",
            },
        ),
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("chain", models.CharField(max_length=200)),
                ("seq", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                ("business_at", models.DateTimeField(null=True)),
                ("actor", models.CharField(max_length=100)),
                ("on_behalf_of", models.CharField(max_length=100)),
                ("session_user", models.CharField(max_length=100)),
                ("verb", models.CharField(max_length=200)),
                ("reason", models.TextField()),
                ("request_id", models.CharField(max_length=200)),
                ("txid", models.BigIntegerField()),
                ("table_name", models.CharField(max_length=63)),
                ("row_pk", models.CharField(max_length=200)),
                (
                    "op",
                    models.CharField(
                        choices=[
                            ("I", "inserted"),
                            ("U", "changed"),
                            ("D", "deleted"),
                            ("S", "carried over by a migration"),
                        ],
                        max_length=1,
                    ),
                ),
                ("body_format", models.SmallIntegerField()),
                ("body", models.TextField()),
                (
                    "old",
                    models.JSONField(decoder=cases.audit.models.ExactDecoder, null=True),
                ),
                (
                    "new",
                    models.JSONField(decoder=cases.audit.models.ExactDecoder, null=True),
                ),
                ("prev", models.BinaryField()),
                ("hash", models.BinaryField()),
            ],
            options={
                "verbose_name": "audit entry",
                "verbose_name_plural": "audit entries",
                "indexes": [
                    models.Index(fields=["table_name", "row_pk"], name="audit_entry_row"),
                    models.Index(fields=["actor", "id"], name="audit_entry_actor"),
                    django.contrib.postgres.indexes.BrinIndex(fields=["at"], name="audit_entry_at", pages_per_range=32),
                ],
                "constraints": [models.UniqueConstraint(fields=("chain", "seq"), name="audit_entry_chain_seq")],
            },
        ),
        # A head is rewritten with every entry of its chain: room on the page keeps those updates in place.
        migrations.RunSQL(
            "ALTER TABLE audit_auditchain SET (fillfactor = 50)",
            "ALTER TABLE audit_auditchain RESET (fillfactor)",
        ),
        # Most entries have no reason, so this index stays small and costs those entries nothing.
        migrations.RunSQL(
            "CREATE INDEX audit_entry_reason ON audit_auditentry"
            " USING gin (upper(reason) gin_trgm_ops) WHERE reason <> ''",
            "DROP INDEX audit_entry_reason",
        ),
    ]
