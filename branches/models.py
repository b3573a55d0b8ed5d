"""Branches (館) and their opening hours, as staff edit them."""

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _


class BranchQuerySet(models.QuerySet):
    def listed(self) -> Self:
        return self.filter(is_listed=True)


class Branch(models.Model):
    """A place that has books: 本館, 分館, 地区公民館図書室, 市民行政センター.

    `code` stands in addresses, files and `852 $b` of a record; it never changes.
    """

    code = models.SlugField(_("記号"), max_length=20, unique=True)
    name = models.CharField(_("館名"), max_length=60)
    name_en = models.CharField(_("館名（英語）"), max_length=60)
    postal_code = models.CharField(_("郵便番号"), max_length=7, blank=True)
    address = models.CharField(_("住所"), max_length=200, blank=True)
    phone = models.CharField(_("電話番号"), max_length=15, blank=True)
    order = models.PositiveSmallIntegerField(_("並び順"), default=100)
    is_listed = models.BooleanField(_("利用案内に載せる"), default=True)

    objects = BranchQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("館")
        ordering = ("order", "code")

    def __str__(self) -> str:
        return self.name
