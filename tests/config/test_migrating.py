"""What makes migrating quick changes nothing else."""

from contextlib import nullcontext

from django.contrib.auth.hashers import ScryptPasswordHasher
from django.db.migrations import AddConstraint, AddField
from django.db.migrations.loader import MigrationLoader
from django.db.models import CheckConstraint, IntegerField, Q
from django.db.models.signals import class_prepared
from django_fsm import FSMFieldMixin

from cases.models import Case
from config.hashers import DemonstrationScrypt
from config.migrating import OWN_TABLE_ONLY, plain_history


def rendered_receivers() -> int:
    """How many receivers one rendering of all historical models leaves behind."""
    before = len(class_prepared.receivers)
    state = MigrationLoader(None).project_state()
    apps = state.apps
    assert apps.get_model("cases", "Case")._meta.get_field("stage").max_length == 50
    return len(class_prepared.receivers) - before


def test_a_historical_model_leaves_no_receiver_behind():
    with plain_history():
        assert rendered_receivers() == 0


def test_outside_everything_is_as_django_fsm_has_it():
    usual = FSMFieldMixin.contribute_to_class
    usual_methods = [getattr(owner, name) for owner, name in OWN_TABLE_ONLY]

    with plain_history():
        assert FSMFieldMixin.contribute_to_class is not usual

    assert FSMFieldMixin.contribute_to_class is usual
    assert [getattr(owner, name) for owner, name in OWN_TABLE_ONLY] == usual_methods
    assert {move.target for move in Case._meta.get_field("stage").get_all_transitions(Case)} >= {"closed"}


def case_and_those_it_renders(*, plain: bool) -> set[str]:
    """The models that are rendered anew when the case is given one check more."""
    state = MigrationLoader(None).project_state()
    before = {model.__name__: model for model in state.apps.get_models()}
    check = CheckConstraint(condition=Q(event_seq__gte=0), name="of_this_test")
    with plain_history() if plain else nullcontext():
        AddConstraint("case", check).state_forwards("cases", state)
    assert state.apps.get_model("cases", "Case")._meta.constraints[-1] == check
    return {model.__name__ for model in state.apps.get_models() if before[model.__name__] is not model}


def test_a_check_on_one_table_renders_one_model_and_not_half_the_house():
    assert len(case_and_those_it_renders(plain=False)) > 50
    assert case_and_those_it_renders(plain=True) == {"Case"}


def test_a_function_that_asks_for_models_has_them_all_anew():
    state = MigrationLoader(None).project_state()
    assert state.apps.get_model("cases", "CaseEvent")._meta.get_field("case").related_model
    with plain_history():
        AddField("case", "of_this_test", IntegerField(null=True)).state_forwards("cases", state)
        assert state.is_delayed
        state.clear_delayed_apps_cache()  # as RunPython does

    case, event = (state.apps.get_model("cases", name) for name in ("Case", "CaseEvent"))
    assert case._meta.get_field("of_this_test").null
    assert event._meta.get_field("case").related_model is case


def test_a_demonstrations_password_is_read_and_renewed_by_the_usual_hasher():
    encoded = DemonstrationScrypt().encode("invented-password-1", "salt-of-this-test-only")
    usual = ScryptPasswordHasher()

    assert usual.verify("invented-password-1", encoded)
    assert not usual.verify("invented-password-2", encoded)
    assert usual.must_update(encoded)
    assert not DemonstrationScrypt().must_update(encoded)
