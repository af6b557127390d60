"""How a demonstration keeps its passwords, which stand on its own sign-in page."""

from django.contrib.auth.hashers import ScryptPasswordHasher


class DemonstrationScrypt(ScryptPasswordHasher):
    """Scrypt at an eightieth of the cost: loading the cases signs a hundred times with a password. Not for secrets.

    The parameters stand in each hash, so that production settings would read such a hash and renew it at sign-in.
    """

    work_factor = 2**10
    parallelism = 1
