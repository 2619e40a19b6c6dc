"""The pages that the product has too, in the admin's own manner, at its quickest.

Full counts beside a search are off, related rows are joined, and what is read is only read. Who is signed in sees what
the product would show him: the authorities of his own country that have his as access manager, and their users.
"""

from django.contrib import admin
from django.db.models import Exists, OuterRef

from bench.peer.panel.models import AccessManagerLink, Authority, AuthorityText, ModuleAccess, Person


def own_authority(request):
    """The authority of who is signed in, once a request."""
    if not hasattr(request, "own_authority"):
        mine = Person.objects.filter(username=request.user.username).select_related("authority")
        request.own_authority = mine.get().authority
    return request.own_authority


class Read(admin.TabularInline):
    extra = 0
    can_delete = False

    def has_add_permission(self, *_):
        return False

    def has_change_permission(self, *_):
        return False


class People(Read):
    model = Person
    fields = ("first_name", "last_name", "email_address", "active", "is_administrator")


class Accesses(Read):
    model = ModuleAccess
    fields = ("module", "role", "status", "granted_at")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("module")


class Managers(Read):
    model = AccessManagerLink
    fk_name = "authority"
    fields = ("manager", "since")

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("manager")


class Texts(Read):
    model = AuthorityText
    fields = ("language", "title")


class Page(admin.ModelAdmin):
    """Read, not changed: the page of one row then has no fields to fill in, which is less work."""

    list_per_page = 25
    show_full_result_count = False

    def has_add_permission(self, *_):
        return False

    def has_change_permission(self, *_):
        return False

    def has_delete_permission(self, *_):
        return False


@admin.register(Authority)
class AuthorityPage(Page):
    list_display = ("official_name", "city", "status")
    search_fields = ("official_name",)
    ordering = ("sort_key", "id")
    fields = (
        *("official_name", "kind", "status", "country", "phone", "email", "website", "street", "postal_code", "city"),
        "registered_at",
    )
    inlines = (Texts, People, Accesses, Managers)

    def get_queryset(self, request):
        own = own_authority(request)
        registered = super().get_queryset(request).filter(status__in=("active", "deactivated"))
        return registered.filter(country_id=own.country_id, links__manager_id=own.id)  # a join: measured, the quickest


@admin.register(Person)
class PersonPage(Page):
    list_display = ("first_name", "last_name", "email_address", "active", "authority")
    list_select_related = ("authority",)
    search_fields = ("first_name", "last_name", "email_address")
    ordering = ("last_name", "first_name", "id")

    def get_queryset(self, request):
        own = own_authority(request)
        links = AccessManagerLink.objects.filter(authority_id=OuterRef("authority_id"), manager_id=own.id)
        return super().get_queryset(request).filter(Exists(links))  # here this is quicker than a join
