from pathlib import Path


def database_settings(base_dir: Path) -> dict:
    return {"NAME": "oita_library", "USER": "postgres", "HOST": "/var/tmp"}
