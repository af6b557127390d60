"""The guard of tables whose rows are evidence: the database refuses to change or delete one."""

import pgtrigger

WRITTEN_ONCE = pgtrigger.Protect(name="written_once", operation=pgtrigger.Update | pgtrigger.Delete)
