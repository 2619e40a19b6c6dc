"""The product's tables, as far as its pages show them; none of them is Django's to make or change."""

from django.db import models


class Country(models.Model):
    code = models.CharField(max_length=2, primary_key=True)

    class Meta:
        managed = False
        db_table = "country"

    def __str__(self):
        return self.code


class Authority(models.Model):
    public_id = models.UUIDField()
    kind = models.CharField(max_length=40)
    status = models.CharField(max_length=40)
    country = models.ForeignKey(Country, models.DO_NOTHING, db_column="country_code", null=True)
    official_name = models.CharField(max_length=250)
    sort_key = models.CharField(max_length=250)
    phone = models.CharField(max_length=40)
    email = models.CharField(max_length=254)
    website = models.CharField(max_length=300)
    street = models.CharField(max_length=150)
    postal_code = models.CharField(max_length=20)
    city = models.CharField(max_length=100)
    registered_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "authority"
        verbose_name_plural = "authorities"

    def __str__(self):
        return self.official_name


class Person(models.Model):
    username = models.CharField(max_length=64)
    first_name = models.CharField(max_length=64)
    last_name = models.CharField(max_length=64)
    email_address = models.CharField(max_length=254)
    active = models.BooleanField()
    is_administrator = models.BooleanField()
    authority = models.ForeignKey(Authority, models.DO_NOTHING)

    class Meta:
        managed = False
        db_table = "ab_user"
        verbose_name_plural = "people"

    def __str__(self):
        return f"{self.first_name} {self.last_name}"


class Module(models.Model):
    code = models.CharField(max_length=30)

    class Meta:
        managed = False
        db_table = "module"

    def __str__(self):
        return self.code


class ModuleAccess(models.Model):
    authority = models.ForeignKey(Authority, models.DO_NOTHING)
    module = models.ForeignKey(Module, models.DO_NOTHING)
    role = models.CharField(max_length=20)
    status = models.CharField(max_length=20)
    granted_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "module_access"


class AccessManagerLink(models.Model):
    authority = models.ForeignKey(Authority, models.DO_NOTHING, related_name="links")
    # The key is both; the admin knows only single ones, and below one authority this one tells rows apart.
    manager = models.OneToOneField(Authority, models.DO_NOTHING, primary_key=True, related_name="managed")
    since = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "access_manager_link"


class AuthorityText(models.Model):
    authority = models.ForeignKey(Authority, models.DO_NOTHING, related_name="texts")
    language = models.CharField(max_length=5, primary_key=True)  # below one authority
    title = models.CharField(max_length=250)

    class Meta:
        managed = False
        db_table = "authority_text"
