"""Content Security Policy of the pages that send people to the identity service."""

from csp.decorators import csp_update
from django.conf import settings

# Chromium checks `form-action` along the whole redirect chain of a POST, so every origin of the
# chain is listed (CSP Level 3, section 6.4.2).
allow_identity_redirect = csp_update({"form-action": settings.MYNA_FORM_ACTION_ORIGINS})
