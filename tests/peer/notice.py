"""What is said where npm could not be reached."""

NOTICE = (
    "The second identity provider was not installed, and what needs it skipped: npm's registry "
    "must be reachable (npm_config_registry names a mirror)."
)
