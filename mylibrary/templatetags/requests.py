"""What pages of the catalogue say of リクエスト."""

from django import template

from mylibrary.requests.filled import address

register = template.Library()
register.simple_tag(address, name="request_address")
