"""What a consignment must satisfy, by the part of its life. Importing this package registers the requirements."""

from cases.custody.requirements import people, planning, receiving, stages, use

__all__ = ["people", "planning", "receiving", "stages", "use"]
