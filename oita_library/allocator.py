"""Keeping what a process has freed from staying resident, with glibc.

glibc raises its mmap threshold to the largest block ever freed (mallopt(3)), so after the first
password hash its 19 MiB blocks come from the heaps of the threads and stay there: a web process
grows from 80 to 160 MB.
"""

import ctypes

M_MMAP_THRESHOLD = -3
M_ARENA_MAX = -8
LARGE_BLOCK = 1024 * 1024
ARENAS = 2


def return_freed_memory() -> bool:
    """Give large blocks back at once and the remains of the imports now; False without glibc.

    Naming a threshold fixes it.
    """
    try:
        libc = ctypes.CDLL("libc.so.6")
        mallopt, trim = libc.mallopt, libc.malloc_trim
    except (OSError, AttributeError):
        return False
    mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK)
    mallopt(M_ARENA_MAX, ARENAS)
    trim(0)
    return True
