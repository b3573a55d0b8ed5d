"""My Library in the staff's admin."""

from mylibrary.erasure_admin import ErasureRequestAdmin

__all__ = ["ErasureRequestAdmin"]
