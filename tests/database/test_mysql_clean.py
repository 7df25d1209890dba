"""A database that `migrate` has just made brings no finding, whatever Django's editor and InnoDB do by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import make_project, migration

if TYPE_CHECKING:
    from pathlib import Path

IMPORTS = """
    from django.db.models import F, Q
    from django.db.models.functions import Lower, Now, Upper
"""
ZOO = """
migrations.CreateModel("User",[("id",models.AutoField(primary_key=True))]),
migrations.CreateModel("Keeper",[("id",models.AutoField(primary_key=True)),("name",models.CharField(max_length=50,unique=True,db_collation="utf8mb4_bin",db_comment="who's")),("code",models.CharField(max_length=5,null=True))]),
migrations.CreateModel("Tag",[("id",models.AutoField(primary_key=True)),("label",models.CharField(max_length=50,db_index=True))]),
migrations.CreateModel("Animal",[
  ("id",models.BigAutoField(primary_key=True)),
  ("keeper",models.ForeignKey("shop.Keeper",models.CASCADE)),
  ("second",models.ForeignKey("shop.Keeper",models.SET_NULL,null=True,related_name="+")),
  ("loose",models.ForeignKey("shop.Keeper",models.CASCADE,db_constraint=False,related_name="+")),
  ("user",models.ForeignKey("shop.User",models.CASCADE,related_name="+",db_index=False)),
  ("legs",models.PositiveSmallIntegerField(default=4)),
  ("eyes",models.PositiveIntegerField(null=True)),
  ("big",models.PositiveBigIntegerField(default=0)),
  ("note",models.TextField(blank=True,db_comment="long")),
  ("data",models.JSONField(default=dict)),
  ("more",models.JSONField(null=True)),
  ("uid",models.UUIDField(null=True,unique=True)),
  ("price",models.DecimalField(max_digits=6,decimal_places=2,default=1)),
  ("weight",models.FloatField(db_default=1.5)),
  ("born",models.DateTimeField(db_default=Now())),
  ("kind",models.CharField(max_length=20,db_default="cat's")),
  ("alive",models.BooleanField(db_default=True)),
  ("blob",models.BinaryField(null=True)),
  ("span",models.DurationField(null=True)),
  ("ip",models.GenericIPAddressField(null=True)),
  ("day",models.DateField(null=True)), ("hour",models.TimeField(null=True)),
  ("slug",models.SlugField(max_length=60)),
  ("double",models.GeneratedField(expression=F("legs")*2,output_field=models.IntegerField(),db_persist=True)),
  ("virt",models.GeneratedField(expression=Lower("kind"),output_field=models.CharField(max_length=30),db_persist=False)),
  ("tags",models.ManyToManyField("shop.Tag")),
],options={"unique_together":{("keeper","slug")},"indexes":[models.Index(fields=["slug","-day"],name="sd"),models.Index(Lower("slug"),name="lows"),models.Index(fields=["hour"],name="parth",condition=Q(day__isnull=False))],"db_table_comment":"beasts"}),
migrations.AddConstraint("animal",models.CheckConstraint(condition=Q(price__gte=0.5)&~Q(kind="dog")|Q(slug__startswith="a"),name="ck1")),
migrations.AddConstraint("animal",models.CheckConstraint(condition=Q(kind__in=["a","b's"])|Q(legs__lt=F("eyes"))|Q(day__year=2020)|Q(alive=True),name="ck2")),
migrations.AddConstraint("animal",models.CheckConstraint(condition=Q(slug__regex="^a")|Q(slug__iexact="B")|Q(note__icontains="%x")|Q(born__gt="2020-01-01T00:00:00Z"),name="ck3")),
migrations.AddConstraint("animal",models.UniqueConstraint(fields=["slug"],condition=Q(alive=True),name="uq_part")),
migrations.AddConstraint("animal",models.UniqueConstraint(Upper("slug"),"day",name="uq_expr")),
migrations.AddConstraint("animal",models.UniqueConstraint(fields=["second","day"],name="uq2")),
"""
ALTERED = """
migrations.AlterField("keeper","name",models.CharField(max_length=50,unique=True,null=True,db_collation="utf8mb4_bin",db_comment="who's")),
migrations.AlterField("keeper","code",models.CharField(max_length=9,null=True,db_collation="utf8mb4_bin",db_comment="x")),
migrations.AlterField("keeper","code",models.CharField(max_length=9,default="q",db_collation="utf8mb4_bin",db_comment="x")),
migrations.AlterField("animal","legs",models.PositiveSmallIntegerField(null=True)),
migrations.AlterField("animal","eyes",models.PositiveBigIntegerField(default=2)),
migrations.RenameField("animal","big","large"),
migrations.RenameField("animal","more","less"),
migrations.AlterField("animal","less",models.JSONField(default=list)),
migrations.AlterField("animal","data",models.JSONField(null=True)),
migrations.RemoveConstraint("animal","uq2"),
migrations.RemoveField("animal","loose"),
migrations.AlterField("animal","second",models.OneToOneField("shop.Keeper",models.SET_NULL,null=True,related_name="+")),
migrations.AlterField("animal","user",models.IntegerField(db_index=True)),
migrations.AlterField("keeper","id",models.BigAutoField(primary_key=True)),
migrations.AlterField("animal","note",models.TextField(blank=True,null=True)),
migrations.AlterUniqueTogether("animal",set()),
migrations.AlterField("animal","weight",models.FloatField(db_default=2)),
migrations.AlterField("animal","price",models.DecimalField(max_digits=8,decimal_places=3,default=1)),
migrations.RenameModel("Tag","Label"),
migrations.AddField("animal","third",models.ForeignKey("shop.Label",models.CASCADE,null=True,related_name="+")),
migrations.AlterModelTableComment("animal","all beasts"),
"""


@pytest.fixture
def zoo(tmp_path: Path, mysql: Any) -> Any:
    history = {
        "0001_zoo": migration(ZOO, imports=IMPORTS),
        "0002_altered": migration(ALTERED, after=[("shop", "0001_zoo")], imports=IMPORTS),
    }
    with mysql.fresh() as database:
        yield make_project(tmp_path, apps={"shop": {"migrations": history}}, database=database), database


@pytest.mark.parametrize(("target", "verdict"), [("0001", "pending"), ("0002", "in_sync")])
def test_a_database_that_migrate_has_made_is_silent(zoo: Any, target: str, verdict: str) -> None:
    project, _ = zoo
    project.manage("migrate", "shop", target).expect(0)

    report = project.manage("schemaguard", "check", "--format", "json").expect(0).json

    assert report["verdict"] == verdict
    assert {each["problem"] for each in report["findings"]} == {"unmigrated"}  # there is no models.py


CHANGES = {
    "the condition of a check": (
        "ALTER TABLE shop_animal DROP CONSTRAINT ck1, ADD CONSTRAINT ck1 CHECK (price >= 0.7)",
        {("check", "different", "ck1")},
    ),
    "a default": ("ALTER TABLE shop_animal ALTER kind SET DEFAULT 'dog'", {("column", "different", "kind")}),
    "the collation of a column": (
        "ALTER TABLE shop_keeper MODIFY code varchar(5) COLLATE utf8mb4_danish_ci NULL",
        {("column", "different", "code")},
    ),
    "an index for a foreign key in place of another": ("CREATE INDEX by_hand ON shop_animal (keeper_id)", set()),
    "an index that does more than a foreign key needs": (
        "CREATE INDEX by_hand ON shop_animal (keeper_id, kind)",
        {("index", "extra", "by_hand")},
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_somebody_changed_is_found(zoo: Any, name: str) -> None:
    project, database = zoo
    statement, expected = CHANGES[name]
    project.manage("migrate", "shop", "0001").expect(0)
    database.execute(statement)

    findings = project.manage("schemaguard", "check", "--format", "json").json["findings"]

    found = {(each["kind"], each["problem"], each["name"]) for each in findings}
    assert found - {("migration", "unmigrated", None)} == expected
