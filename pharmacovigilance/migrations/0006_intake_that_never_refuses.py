import django.db.models.deletion
import django_fsm
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0005_patient_specific"),
        ("custody", "0015_receiving_protocol"),
        ("documents", "0007_papers_of_another_patient"),
        ("pharmacovigilance", "0005_tell_downgrades_once"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="FollowUpAttempt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField()),
                ("made_at", models.DateTimeField()),
                (
                    "how",
                    models.CharField(
                        choices=[
                            ("letter", "letter with a link"),
                            ("mail", "mail"),
                            ("telephone", "telephone"),
                            ("in_person", "in person"),
                        ],
                        max_length=12,
                    ),
                ),
                ("note", models.TextField(blank=True, default="")),
            ],
        ),
        migrations.CreateModel(
            name="ReportPaper",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ],
        ),
        migrations.RemoveField(
            model_name="followup",
            name="attempts",
        ),
        migrations.AddField(
            model_name="followup",
            name="asked_of",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="who is asked; empty for whoever is the case's prescriber then",
            ),
        ),
        migrations.AddField(
            model_name="followup",
            name="because",
            field=models.CharField(
                blank=True, default="", max_length=200, verbose_name="why it is asked, and by which rule"
            ),
        ),
        migrations.AddField(
            model_name="followup",
            name="dose",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="follow_ups",
                to="custody.doseadministered",
            ),
        ),
        migrations.AddField(
            model_name="followup",
            name="question_set",
            field=models.CharField(
                choices=[
                    ("general", "How is the patient?"),
                    ("death_details", "About the death"),
                    ("pregnancy_outcome", "How the pregnancy went"),
                    ("missing_criterion", "What a report leaves open"),
                    ("missing_information", "More about a report"),
                ],
                default="general",
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="followup",
            name="report",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="follow_ups",
                to="pharmacovigilance.safetyreport",
            ),
        ),
        # What was answered or lost takes its state without an update, which would need somebody who acts.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    """
                    ALTER TABLE pharmacovigilance_followup ALTER COLUMN is_lost TYPE varchar(50) USING CASE
                        WHEN answered_at IS NOT NULL THEN 'answered'
                        WHEN is_lost THEN 'lost_to_follow_up'
                        ELSE 'planned' END;
                    ALTER TABLE pharmacovigilance_followup RENAME COLUMN is_lost TO state;
                    """,
                    """
                    ALTER TABLE pharmacovigilance_followup RENAME COLUMN state TO is_lost;
                    ALTER TABLE pharmacovigilance_followup ALTER COLUMN is_lost TYPE boolean
                        USING is_lost = 'lost_to_follow_up';
                    """,
                )
            ],
            state_operations=[
                migrations.RemoveField(model_name="followup", name="is_lost"),
                migrations.AddField(
                    model_name="followup",
                    name="state",
                    field=django_fsm.FSMField(
                        choices=[
                            ("planned", "planned"),
                            ("asked", "asked"),
                            ("answered", "answered"),
                            ("lost_to_follow_up", "lost to follow-up"),
                        ],
                        default="planned",
                        max_length=50,
                        protected=True,
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="followup",
            name="what",
            field=models.TextField(default="How is the patient?", verbose_name="what is asked"),
        ),
        migrations.AddField(
            model_name="safetyreport",
            name="adds_to",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="additions",
                to="pharmacovigilance.safetyreport",
            ),
        ),
        migrations.AddField(
            model_name="safetyreport",
            name="answers",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reports_in_answer",
                to="pharmacovigilance.followup",
            ),
        ),
        migrations.AddField(
            model_name="safetyreport",
            name="began",
            field=models.CharField(
                blank=True, default="", max_length=10, verbose_name="when it began, as far as known, in ISO"
            ),
        ),
        migrations.AddField(
            model_name="safetyreport",
            name="criteria",
            field=models.JSONField(
                blank=True, default=list, verbose_name="every criterion of seriousness that was said"
            ),
        ),
        migrations.AddField(
            model_name="safetyreport",
            name="had_reaction",
            field=models.BooleanField(
                blank=True, null=True, verbose_name="a reaction was seen; empty where nobody said"
            ),
        ),
        migrations.AddField(
            model_name="safetyreport",
            name="lot_said",
            field=models.CharField(blank=True, default="", max_length=200, verbose_name="pack or lot, as it was said"),
        ),
        migrations.AddField(
            model_name="safetyreport",
            name="outcome",
            field=models.CharField(
                blank=True,
                choices=[
                    ("1", "recovered"),
                    ("2", "recovering"),
                    ("3", "not recovered, or ongoing"),
                    ("4", "recovered with lasting effects"),
                    ("5", "fatal"),
                    ("0", "not known"),
                ],
                default="",
                max_length=1,
                verbose_name="how the patient is (E.i.7)",
            ),
        ),
        migrations.AddField(
            model_name="safetyreport",
            name="pack",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="safety_reports",
                to="custody.unit",
            ),
        ),
        migrations.AddField(
            model_name="safetyreport",
            name="pregnancy_due_on",
            field=models.DateField(blank=True, null=True, verbose_name="expected day of birth"),
        ),
        migrations.AddField(
            model_name="safetyreport",
            name="qualification",
            field=models.CharField(
                blank=True,
                choices=[
                    ("1", "physician"),
                    ("2", "pharmacist"),
                    ("3", "other health professional"),
                    ("5", "patient, family or another consumer"),
                    ("4", "lawyer"),
                ],
                default="",
                max_length=1,
                verbose_name="who said it (C.2.r.4)",
            ),
        ),
        migrations.AddField(
            model_name="safetyreport",
            name="situations",
            field=models.JSONField(blank=True, default=list, verbose_name="special situations that it is a report of"),
        ),
        migrations.AddField(
            model_name="safetyreport",
            name="unread",
            field=models.TextField(
                blank=True, default="", verbose_name="what could not be read, as it was typed, with the reason"
            ),
        ),
        migrations.AlterField(
            model_name="followup",
            name="consignment",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="follow_ups",
                to="custody.consignment",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="followup",
            trigger=pgtrigger.compiler.Trigger(
                name="guard_state",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.state NOT IN ('planned') THEN\n                    RAISE EXCEPTION 'pharmacovigilance.followup cannot begin in state \"%\"', NEW.state USING ERRCODE = 'check_violation';\n                END IF;\n            ELSIF NEW.state IS DISTINCT FROM OLD.state\n                AND (OLD.state || '>' || NEW.state) NOT IN ('asked>answered', 'asked>lost_to_follow_up', 'lost_to_follow_up>answered', 'planned>answered', 'planned>asked') THEN\n                RAISE EXCEPTION 'pharmacovigilance.followup cannot go from \"%\" to \"%\"', OLD.state, NEW.state\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            RETURN NEW;\n        ",
                    hash="8b845ebe8d62ac0051d761e0f195c4e2820ec26d",
                    operation="INSERT OR UPDATE",
                    pgid="pgtrigger_guard_state_355cf",
                    table="pharmacovigilance_followup",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="followup",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("answered_at__isnull", False), ("state", "answered")),
                    models.Q(models.Q(("state", "answered"), _negated=True), ("answered_at__isnull", True)),
                    _connector="OR",
                ),
                name="follow_up_is_answered_at_a_moment",
            ),
        ),
        migrations.AddField(
            model_name="followupattempt",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="follow_up_attempts", to="cases.case"
            ),
        ),
        migrations.AddField(
            model_name="followupattempt",
            name="follow_up",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="attempts", to="pharmacovigilance.followup"
            ),
        ),
        migrations.AddField(
            model_name="followupattempt",
            name="made_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="reportpaper",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="report_papers", to="cases.case"
            ),
        ),
        migrations.AddField(
            model_name="reportpaper",
            name="document",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="documents.document"
            ),
        ),
        migrations.AddField(
            model_name="reportpaper",
            name="report",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="papers", to="pharmacovigilance.safetyreport"
            ),
        ),
        migrations.AddConstraint(
            model_name="followupattempt",
            constraint=models.UniqueConstraint(
                fields=("follow_up", "number"), name="follow_up_attempt_is_numbered_once"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="followupattempt",
            trigger=pgtrigger.compiler.Trigger(
                name="undeletable",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="901935f708d3693787a1f4d75acc76959b1d2fc9",
                    operation="DELETE",
                    pgid="pgtrigger_undeletable_15a10",
                    table="pharmacovigilance_followupattempt",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="followupattempt",
            trigger=pgtrigger.compiler.Trigger(
                name="frozen_columns",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            IF TRUE AND (to_jsonb(NEW) - 'id') IS DISTINCT FROM (to_jsonb(OLD) - 'id') THEN\n                RAISE EXCEPTION 'what was reported or locked in % cannot be changed', TG_TABLE_NAME\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            RETURN NEW;\n        ",
                    hash="074af33563abca3a7ad9aab715c4ecd8d5e06a49",
                    operation="UPDATE",
                    pgid="pgtrigger_frozen_columns_5a85a",
                    table="pharmacovigilance_followupattempt",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="reportpaper",
            constraint=models.UniqueConstraint(fields=("report", "document"), name="paper_comes_once_with_a_report"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="reportpaper",
            trigger=pgtrigger.compiler.Trigger(
                name="undeletable",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;",
                    hash="b1a858c63f1214f8c74e52a664c9cd5774491671",
                    operation="DELETE",
                    pgid="pgtrigger_undeletable_082c3",
                    table="pharmacovigilance_reportpaper",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="reportpaper",
            trigger=pgtrigger.compiler.Trigger(
                name="frozen_columns",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            IF TRUE AND (to_jsonb(NEW) - 'id') IS DISTINCT FROM (to_jsonb(OLD) - 'id') THEN\n                RAISE EXCEPTION 'what was reported or locked in % cannot be changed', TG_TABLE_NAME\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            RETURN NEW;\n        ",
                    hash="47e67269cf420c6c125f7e96b44bfad720a4c14d",
                    operation="UPDATE",
                    pgid="pgtrigger_frozen_columns_c25cc",
                    table="pharmacovigilance_reportpaper",
                    when="BEFORE",
                ),
            ),
        ),
    ]
