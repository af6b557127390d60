"""The sealer as a Celery task: a checkpoint of the audit chains whenever they have grown."""

import logging

from celery import shared_task

from cases.audit.checkpoints import BadCheckpoint
from cases.audit.sealer import SealRefused, seal_if_grown

log = logging.getLogger(__name__)


@shared_task(name="cases.audit.tasks.seal_audit", ignore_result=True)
def seal_audit() -> None:
    """Seal once. Safe to run twice, at once and at any time; what it finds amiss is an error in the log."""
    try:
        seal_if_grown()
    except (SealRefused, BadCheckpoint) as fault:
        log.error("audit trail: %s", fault)
