"""The verbs of a consignment, in the order of its life. Importing this package registers them."""

from cases.custody.verbs import planning, receiving, transit, use

__all__ = ["planning", "receiving", "transit", "use"]
