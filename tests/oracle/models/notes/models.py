"""Models that point at anything, for random programs: an app beside the datasets, with content types."""

from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models


class Label(models.Model):
    text = models.CharField(max_length=20)
    weight = models.IntegerField(default=1)
    content_type = models.ForeignKey(ContentType, models.CASCADE)
    object_id = models.PositiveIntegerField()
    about = GenericForeignKey("content_type", "object_id")

    class Meta:
        unique_together = [("text", "content_type", "object_id")]


class Remark(models.Model):
    body = models.TextField()
    kind = models.ForeignKey(ContentType, models.SET_NULL, null=True)
    key = models.CharField(max_length=10, null=True)
    target = GenericForeignKey("kind", "key")
    reply_to = models.ForeignKey("self", models.CASCADE, null=True, related_name="replies")
    labels = GenericRelation(Label)


class Place(models.Model):
    name = models.CharField(max_length=30)
    labels = GenericRelation(Label, related_query_name="places")
    remarks = GenericRelation(Remark, content_type_field="kind", object_id_field="key", related_query_name="place")


class Cafe(Place):
    seats = models.IntegerField(default=4)


class Song(models.Model):
    title = models.CharField(max_length=30, unique=True)
    played_at = models.ManyToManyField(Place, related_name="songs")
    labels = GenericRelation(Label, related_query_name="song")

    class Meta:
        ordering = ["title"]


class Hit(Song):
    class Meta:
        proxy = True
