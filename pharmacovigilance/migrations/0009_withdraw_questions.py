import django_fsm
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("pharmacovigilance", "0008_keep_versions_of_reporting_rules"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="followup",
            name="guard_state",
        ),
        migrations.AlterField(
            model_name="followup",
            name="state",
            field=django_fsm.FSMField(
                choices=[
                    ("planned", "planned"),
                    ("asked", "asked"),
                    ("answered", "answered"),
                    ("lost_to_follow_up", "lost to follow-up"),
                    ("withdrawn", "no longer asked"),
                ],
                default="planned",
                max_length=50,
                protected=True,
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="followup",
            trigger=pgtrigger.compiler.Trigger(
                name="guard_state",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="\n            IF TG_OP = 'INSERT' THEN\n                IF NEW.state NOT IN ('planned') THEN\n                    RAISE EXCEPTION 'pharmacovigilance.followup cannot begin in state \"%\"', NEW.state USING ERRCODE = 'check_violation';\n                END IF;\n            ELSIF NEW.state IS DISTINCT FROM OLD.state\n                AND (OLD.state || '>' || NEW.state) NOT IN ('asked>answered', 'asked>lost_to_follow_up', 'asked>withdrawn', 'lost_to_follow_up>answered', 'planned>answered', 'planned>asked', 'planned>withdrawn') THEN\n                RAISE EXCEPTION 'pharmacovigilance.followup cannot go from \"%\" to \"%\"', OLD.state, NEW.state\n                    USING ERRCODE = 'check_violation';\n            END IF;\n            RETURN NEW;\n        ",
                    hash="14b2c213f9a4ecbb9b73a9fd2b994df624c5a414",
                    operation="INSERT OR UPDATE",
                    pgid="pgtrigger_guard_state_355cf",
                    table="pharmacovigilance_followup",
                    when="BEFORE",
                ),
            ),
        ),
    ]
