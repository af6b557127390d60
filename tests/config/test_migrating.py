"""What makes migrating quick changes nothing else."""

from django.contrib.auth.hashers import ScryptPasswordHasher
from django.db.migrations.loader import MigrationLoader
from django.db.models.signals import class_prepared
from django_fsm import FSMFieldMixin

from cases.models import Case
from config.hashers import DemonstrationScrypt
from config.migrating import plain_history


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

    with plain_history():
        assert FSMFieldMixin.contribute_to_class is not usual

    assert FSMFieldMixin.contribute_to_class is usual
    assert {move.target for move in Case._meta.get_field("stage").get_all_transitions(Case)} >= {"closed"}


def test_a_demonstrations_password_is_read_and_renewed_by_the_usual_hasher():
    encoded = DemonstrationScrypt().encode("invented-password-1", "salt-of-this-test-only")
    usual = ScryptPasswordHasher()

    assert usual.verify("invented-password-1", encoded)
    assert not usual.verify("invented-password-2", encoded)
    assert usual.must_update(encoded)
    assert not DemonstrationScrypt().must_update(encoded)
