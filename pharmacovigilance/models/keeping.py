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
