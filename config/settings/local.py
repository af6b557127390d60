"""Settings of a demonstration or of a developer's machine: keys are made on the spot and kept in the data folder."""

from config.embedded.secrets import demonstration_secrets
from config.env import refuse_production
from config.settings.base import *  # noqa: F403 - a settings module is its base and its differences
from config.settings.base import ALLOWED_HOSTS, NPP_DATA_DIR, PASSWORD_HASHERS, env

refuse_production(env)
_secrets = demonstration_secrets(NPP_DATA_DIR)

NPP_SECRET_KEY = SECRET_KEY = env.secret_key or _secrets["secret_key"]
NPP_MASTER_KEY = env.master_key or _secrets["master_key"]
NPP_INDEX_KEY = env.index_key or _secrets["index_key"]
NPP_SEAL_KEY = env.seal_key or _secrets["seal_key"]
DEBUG = env.debug
PASSWORD_HASHERS = ["config.hashers.DemonstrationScrypt", *PASSWORD_HASHERS[1:]]
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *ALLOWED_HOSTS]

# Static files come straight from the apps: nothing to collect after a change.
WHITENOISE_USE_FINDERS = True
STATIC_ROOT = None  # type: ignore[assignment]  # nothing is collected here
WHITENOISE_AUTOREFRESH = env.debug

# Shown on the sign-in page; invented people with one password.
DEMONSTRATION_ACCOUNTS = "config.demonstration.accounts.accounts"
