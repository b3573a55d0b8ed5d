"""How a patron's address is shown to somebody who knows number and birth date, and no more yet."""

HIDDEN = "•••"


def masked(address: str) -> str:
    """Return the first character and the last part of an address: `o•••@•••.jp`; "" for none."""
    local, at, domain = address.rpartition("@")
    if not at:
        return HIDDEN if address else ""
    _, dot, ending = domain.rpartition(".")
    return f"{local[:1]}{HIDDEN}@{HIDDEN}{dot}{ending if dot else ''}"
