"""Who has a connection of this process's pool."""

from django.db import connection


def held() -> int:
    """Return how many connections somebody has, in whichever thread."""
    stats = connection.pool.get_stats()
    return stats["pool_size"] - stats["pool_available"]


def size() -> int:
    """Return how many connections there can be."""
    return connection.settings_dict["OPTIONS"]["pool"]["max_size"]
