"""What was reported or locked stays: triggers that refuse its deletion and its change."""

import pgtrigger

UNDELETABLE = pgtrigger.Protect(name="undeletable", operation=pgtrigger.Delete)


def frozen_columns(*may_change: str, once: str = "TRUE") -> pgtrigger.Trigger:
    """A trigger that refuses a change of any other column, as soon as the condition ``once`` holds for the old row."""
    kept = " - ".join(f"'{column}'" for column in may_change)
    return pgtrigger.Trigger(
        name="frozen_columns",
        operation=pgtrigger.Update,
        when=pgtrigger.Before,
        func=f"""
            IF {once} AND (to_jsonb(NEW) - {kept}) IS DISTINCT FROM (to_jsonb(OLD) - {kept}) THEN
                RAISE EXCEPTION 'what was reported or locked in % cannot be changed', TG_TABLE_NAME
                    USING ERRCODE = 'check_violation';
            END IF;
            RETURN NEW;
        """,
    )


# Refuses a row's birth, change and end while no version of its safety case is open.
CHANGES_WITH_AN_OPEN_VERSION = pgtrigger.Trigger(
    name="changes_with_an_open_version",
    operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
    when=pgtrigger.Before,
    func="""
        IF NOT EXISTS (
            SELECT 1 FROM pharmacovigilance_caseversion
            WHERE safety_case_id = coalesce(NEW.safety_case_id, OLD.safety_case_id) AND locked_at IS NULL
        ) THEN
            RAISE EXCEPTION 'no version of the safety case is open: % cannot be changed', TG_TABLE_NAME
                USING ERRCODE = 'check_violation';
        END IF;
        RETURN coalesce(NEW, OLD);
    """,
)
