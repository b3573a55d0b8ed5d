"""What every form of a resident is."""

from typing import Any

from django import forms


class PlainForm(forms.Form):
    """A form the server alone checks; where all is asked for, nothing is marked 【必須】."""

    use_required_attribute = False
    required_unmarked = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
