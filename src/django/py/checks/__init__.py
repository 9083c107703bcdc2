"""System checks: what is wrong with models before any statement is sent."""

from django.core.checks.messages import (
    CRITICAL, DEBUG, ERROR, INFO, WARNING, CheckMessage, Critical, Debug, Error, Info, Warning)
from django.core.checks.registry import Tags, register, registry, run_checks, tag_exists
import django.core.checks.database  # noqa: F401
import django.core.checks.model_checks  # noqa: F401
