"""The guards of tables whose rows are evidence: the database refuses to change or delete one."""

import pgtrigger

# Records that move on and are kept: suspect product and its investigation for six years at least (21 USC 360eee-1).
UNDELETABLE = pgtrigger.Protect(name="undeletable", operation=pgtrigger.Delete)
WRITTEN_ONCE = pgtrigger.Protect(name="written_once", operation=pgtrigger.Update | pgtrigger.Delete)
