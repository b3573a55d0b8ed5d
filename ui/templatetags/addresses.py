"""Django's `url` tag, faster for an address without parts: it never changes."""

from django.template import Library
from django.template.base import Node, Parser, Token
from django.template.context import Context
from django.template.defaulttags import URLNode, url
from django.utils.safestring import SafeString

register = Library()


class AddressNode(Node):
    """The address of a page that has one, looked up once per process."""

    def __init__(self, node: URLNode) -> None:
        self.node = node
        self.address: SafeString | None = None

    def render(self, context: Context) -> SafeString:
        if self.address is None:
            self.address = SafeString(self.node.render(context))
        return self.address


@register.tag("url")
def address(parser: Parser, token: Token) -> Node:
    node = url(parser, token)
    varies = node.args or node.kwargs or node.asvar or node.view_name.is_var
    return node if varies else AddressNode(node)
